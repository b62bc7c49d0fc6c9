import { type Answer, classify, classifyGarbage, type Fault } from "./classify.ts";
import { type Completion, completionOf, readCompletion } from "./completion.ts";

export type RetryFault = Fault & { kind: "retry" };

export type Verdict =
  | { kind: "kept"; completion: Completion }
  | { kind: "not_kept"; completion: Completion; fault: RetryFault }
  | Fault;

/** Reads an answer. A completion whose finish reason is not wanted counts as a fault, but its tokens were used. */
export function verdictOf(answer: Answer, invalidFinishReasons: readonly string[]): Verdict {
  if (answer.status !== 200) return classify(answer);
  const completion = readCompletion(answer.body);
  return completion === undefined ? classifyGarbage(answer.body) : judged(completion, invalidFinishReasons);
}

/** The same of an answer whose body was parsed as part of something larger. */
export function verdictOfParsed(
  status: number,
  body: unknown,
  invalidFinishReasons: readonly string[],
): Verdict {
  const completion = status === 200 ? completionOf(body) : undefined;
  if (completion !== undefined) return judged(completion, invalidFinishReasons);
  const text = JSON.stringify(body ?? null);
  return status === 200 ? classifyGarbage(text) : classify({ status, header: () => undefined, body: text });
}

function judged(completion: Completion, invalidFinishReasons: readonly string[]): Verdict {
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
