import { costOf } from "../../../shared/annotators/cost/cost.ts";
import type { JobSpec } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";

/** What batches were paid, over all runs. */
export function batchTokens({ batches }: Pick<JobProgress, "batches">) {
  const sum = { promptTokens: 0, completionTokens: 0 };
  for (const { promptTokens, completionTokens } of batches) {
    sum.promptTokens += promptTokens;
    sum.completionTokens += completionTokens;
  }
  return sum;
}

/** US dollars of all batches, each run's at its own price; undefined where prices are unknown. */
export function batchCost(
  { prices }: Pick<JobSpec, "prices">,
  { batches }: Pick<JobProgress, "batches">,
): number | undefined {
  if (prices === null) return undefined;
  return batches.reduce(
    (sum, { promptTokens, completionTokens, discount }) =>
      sum + (costOf(prices, promptTokens, completionTokens) ?? 0) * discount,
    0,
  );
}

/** US dollars that are committed, of calls and batches; undefined where prices are unknown. */
export function costSoFar(
  spec: JobSpec,
  progress: Pick<JobProgress, "promptTokens" | "completionTokens" | "batches">,
): number | undefined {
  const calls = costOf(spec.prices, progress.promptTokens, progress.completionTokens);
  const batches = batchCost(spec, progress);
  return calls === undefined || batches === undefined ? undefined : calls + batches;
}
