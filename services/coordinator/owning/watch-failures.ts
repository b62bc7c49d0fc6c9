import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import { FailureWatch } from "./failure-watch.ts";
import { type Carrying, halt } from "./owning.ts";

/** Pauses a job when too many of its rows fail; once it is resumed it counts anew, by calls that are begun after it. */
export interface Failures {
  /** Takes note of a resume; to be called before work goes on. @param inHand rows whose calls were begun before it */
  look(inHand: () => Set<number>): void;
  /** Counts committed results. */
  add(committed: readonly RowResult[]): void;
}

/** @param carrying the job as it is carried out @param ledger what its rows have come to so far */
export function watchFailures(carrying: Carrying, ledger: Pick<ResultsLedger, "done">): Failures {
  const { entry, watch } = carrying;
  const anew = () => new FailureWatch(entry.id, ledger.done.size);
  let failures = anew();
  let before = new Set<number>();
  let isHeld = false;
  let isHalting = false;
  const pause = (reason: Parameters<typeof halt>[2]) => {
    isHeld = isHalting = true;
    // Until the pause is seen here, what else fails is still of before it.
    void halt(carrying, "paused", reason)
      .then(() => watch.refresh())
      .catch((error: unknown) => log().warn({ err: error, job: entry.id }, "the job could not be paused yet"))
      .finally(() => {
        isHalting = false;
      });
  };
  return {
    look(inHand) {
      if (watch.current().state !== "running") isHeld = true;
      else if (isHeld && !isHalting) {
        isHeld = false;
        before = inHand();
        failures = anew();
      }
    },
    add(committed) {
      const { state, spec } = watch.current();
      if (isHeld || state !== "running" || spec.maxFailureRate === null) return;
      const counted = before.size === 0 ? committed : committed.filter(({ row }) => !before.delete(row));
      const reason = failures.add(counted, spec.maxFailureRate);
      if (reason !== undefined) pause(reason);
    },
  };
}
