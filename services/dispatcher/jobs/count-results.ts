import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import * as metrics from "../metrics.ts";

const outcomes = {
  done: metrics.rows.labels("done"),
  truncated: metrics.rows.labels("truncated"),
  failed: metrics.rows.labels("failed"),
};

/** Counts results that were stored. */
export function countResults(results: RowResult[]): void {
  let [done, truncated, failed] = [0, 0, 0];
  for (const { ok, truncated: cut } of results) {
    if (!ok) failed += 1;
    else if (cut) truncated += 1;
    else done += 1;
  }
  outcomes.done.inc(done);
  outcomes.truncated.inc(truncated);
  outcomes.failed.inc(failed);
}
