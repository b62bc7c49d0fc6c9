import type { CallOutcome } from "./chat-client.ts";
import { classify, classifyGarbage, classifyNetwork, type Fault } from "./classify.ts";
import { type Completion, readCompletion } from "./completion.ts";

export type RetryFault = Fault & { kind: "retry" };

export type Verdict =
  | { kind: "kept"; completion: Completion }
  | { kind: "not_kept"; completion: Completion; fault: RetryFault }
  | Fault;

/** Reads what came of a call. A completion whose finish reason is not wanted counts as a fault, but its tokens were used. */
export function verdictOf(outcome: CallOutcome, invalidFinishReasons: readonly string[]): Verdict {
  if (!outcome.answered) return classifyNetwork(outcome);
  if (outcome.status !== 200) return classify(outcome);
  const completion = readCompletion(outcome.body);
  if (completion === undefined) return classifyGarbage(outcome.body);
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
