import type { Provider } from "../providers/provider.ts";
import type { Completion } from "./completion.ts";
import type { Answer, Fault } from "./fault.ts";

export type RetryFault = Fault & { kind: "retry" };

export type Verdict =
  | { kind: "kept"; completion: Completion }
  | { kind: "not_kept"; completion: Completion; fault: RetryFault }
  | Fault;

/** Reads an answer. A completion whose finish reason is not wanted counts as a fault, but its tokens were used. */
export function verdictOf(
  provider: Provider,
  answer: Answer,
  invalidFinishReasons: readonly string[],
): Verdict {
  if (answer.status !== 200) return provider.classify(answer);
  const completion = provider.readAnswer(answer.body);
  return completion === undefined
    ? provider.classifyGarbage(answer.body)
    : judged(completion, invalidFinishReasons);
}

/** The same of an answer whose body was parsed as part of something larger. */
export function verdictOfParsed(
  provider: Provider,
  status: number,
  body: unknown,
  invalidFinishReasons: readonly string[],
): Verdict {
  const completion = status === 200 ? provider.readParsed(body) : undefined;
  if (completion !== undefined) return judged(completion, invalidFinishReasons);
  const text = JSON.stringify(body ?? null);
  if (status === 200) return provider.classifyGarbage(text);
  return provider.classify({ status, header: () => undefined, body: text });
}

function judged(completion: Completion, invalidFinishReasons: readonly string[]): Verdict {
  if (completion.brokenOff !== undefined) {
    const message = `The provider broke off its answer: ${completion.brokenOff.replace(/[.]$/, "")}.`;
    return {
      kind: "not_kept",
      completion,
      fault: { kind: "retry", reason: "broken_off", message, waitMs: null },
    };
  }
  const invalid = completion.choices.find(
    ({ finish_reason }) => finish_reason !== null && invalidFinishReasons.includes(finish_reason),
  );
  if (invalid === undefined) return { kind: "kept", completion };
  const message = `The answer ended with finish_reason "${invalid.finish_reason}", which is not accepted.`;
  return {
    kind: "not_kept",
    completion,
    fault: { kind: "retry", reason: "finish_reason", message, waitMs: null },
  };
}

/** What a row says that failed for good after so many attempts. */
export function lastWord(fault: { message: string }, attempts: number): string {
  return attempts === 1 ? fault.message : `${fault.message} This was the last of ${attempts} attempts.`;
}
