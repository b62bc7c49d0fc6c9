import { whichRowsAreDone } from "../../../shared/contracts/collector-questions.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { answer } from "../../../shared/runtime/requests.ts";
import { OwnershipLost } from "../job/progress-keeper.ts";
import type { ResultsLedger } from "./results-ledger.ts";
import type { RowClaims } from "./row-claims.ts";

export interface AnswerOptions {
  broker: Broker;
  entry: RequestJob;
  /** False where somebody else may own the job now. */
  owns: () => boolean;
  ledger: ResultsLedger;
  claims: RowClaims;
  /** Resolves when everything is taken in that was in the result stream at the moment of the call. */
  readToEnd: () => Promise<void>;
}

/** Tells workers, before they start a chunk, which of its rows need no call; what is left is theirs from then on. */
export function answerWorkers(options: AnswerOptions): { stop(): void } {
  const { broker, entry, ledger, claims } = options;
  return answer(broker, whichRowsAreDone, [entry.id], async (question) => {
    await options.readToEnd();
    if (!options.owns() || question.run > entry.run) throw new OwnershipLost("another coordinator can tell");
    if (question.run !== entry.run) return { done: question.rows };
    const { worker, rows } = question;
    if (worker !== undefined && question.leaving) claims.leave(worker);
    const done = rows.filter((row) => ledger.settled(row));
    if (worker === undefined || question.leaving) return { done };
    const open = rows.filter((row) => !ledger.settled(row));
    return { done, taken: claims.claim(worker, open, performance.now()) };
  });
}
