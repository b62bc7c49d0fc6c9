import type { BatchTotals } from "../../shared/contracts/batch-totals.ts";
import type { RequestJob } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { batchObjectsFile } from "./batch-objects.ts";
import { batchCost, batchTokens } from "./job-cost.ts";

/** A job's batches as a person sees them; undefined where it has never had any. */
export function batchesView(entry: RequestJob, progress: JobProgress | undefined): JobView["batches"] {
  const all = progress?.batches ?? [];
  if (entry.spec.dispatch.batch === null && all.length === 0) return undefined;
  const own = all.find(({ run }) => run === entry.run) ?? NONE;
  const { shards, states, rowsAnswered, expectedEndMs, faults } = own;
  const sum = (name: "late" | "hedges" | "duplicates" | "unknown") =>
    all.reduce((total, totals) => total + totals[name], 0);
  return {
    shards,
    states,
    rowsAnswered,
    expectedEndMs,
    faults,
    ...batchTokens({ batches: all }),
    late: sum("late"),
    hedges: sum("hedges"),
    duplicates: sum("duplicates"),
    unknown: sum("unknown"),
    cost: batchCost(entry.spec, { batches: all }) ?? null,
    objectsFile: batchObjectsFile(entry.spec.workFolder),
    settling: entry.settling ?? false,
  };
}

const NONE: Pick<BatchTotals, "shards" | "states" | "rowsAnswered" | "expectedEndMs" | "faults"> = {
  shards: 0,
  states: {},
  rowsAnswered: 0,
  expectedEndMs: null,
  faults: [],
};
