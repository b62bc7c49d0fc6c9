import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";

const START_OVERS_IN_VAIN = 3;

/**
 * Work was lost on its way (dead letters, a stream deleted by hand): what has no outcome is to be fed once more.
 * @throws UserError when that has helped nothing several times
 */
export function openStartOver({ entry, ledger }: { entry: RequestJob; ledger: ResultsLedger }): () => void {
  let settledBefore = -1;
  let inVain = 0;
  return () => {
    const settled = ledger.done.size + ledger.failed.size;
    inVain = settled === settledBefore ? inVain + 1 : 0;
    settledBefore = settled;
    if (inVain >= START_OVERS_IN_VAIN) {
      throw new UserError(
        `${ledger.rows - settled} rows were given out ${inVain + 1} times and came back without an answer or a reason: the stream DEAD and the services' logs tell more; resume the job when that is mended.`,
        { exitCode: EXIT.couldNotRun },
      );
    }
    log().warn({ job: entry.id }, "rows without an outcome and no work under way: feeding them again");
  };
}
