import type { BatchTotals } from "../../../shared/contracts/batch-totals.ts";
import { ENDED, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { BatchesView } from "../../../shared/contracts/jobs-api.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { batchCost, batchTokens } from "../job/job-cost.ts";
import { batchObjectsFile } from "./batch-objects.ts";

/** A job's batches as a person sees them; undefined where it has never had any. */
export function batchesView(entry: RequestJob, progress: JobProgress | undefined): BatchesView | undefined {
  const all = progress?.batches ?? [];
  if (!laneOf(entry.spec.dispatch).hasBatches && all.length === 0) return undefined;
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
    // Another batch of theirs may have answered those that still waited.
    reasksWaiting: ENDED.has(entry.state) ? 0 : own.reasksWaiting,
    ...batchTokens({ batches: all }),
    late: sum("late"),
    hedges: sum("hedges"),
    duplicates: sum("duplicates"),
    unknown: sum("unknown"),
    cost: batchCost(entry.spec, { batches: all }) ?? null,
    ...(entry.spec.dispatch.batch && { lookEveryMs: entry.spec.dispatch.batch.pollMs }),
    objectsFile: batchObjectsFile(entry.spec.workFolder),
    settling: entry.settling ?? false,
  };
}

/** The batches of a plan's jobs; undefined where none has any. @param isOver the plan has ended */
export function sumOfBatches(all: readonly BatchesView[], isOver: boolean): BatchesView | undefined {
  if (all.length === 0) return undefined;
  const sum = (name: (typeof COUNTED)[number]) => all.reduce((total, one) => total + one[name], 0);
  const states = new Map<string, number>();
  for (const one of all)
    for (const [state, number] of Object.entries(one.states))
      states.set(state, (states.get(state) ?? 0) + number);
  const ends = all.flatMap(({ expectedEndMs }) => expectedEndMs ?? []);
  const counts = Object.fromEntries(COUNTED.map((name) => [name, sum(name)]));
  return {
    ...(counts as Record<(typeof COUNTED)[number], number>),
    states: Object.fromEntries(states),
    expectedEndMs: ends.length === 0 ? null : Math.max(...ends),
    faults: all.flatMap(({ faults }) => faults),
    cost: all.reduce<number | null>(
      (total, { cost }) => (total === null || cost === null ? null : total + cost),
      0,
    ),
    objectsFile: null,
    settling: isOver && all.some(({ settling }) => settling),
  };
}

const COUNTED = [
  "shards",
  "rowsAnswered",
  "reasksWaiting",
  "promptTokens",
  "completionTokens",
  "late",
  "hedges",
  "duplicates",
  "unknown",
] as const;

const NONE: Pick<
  BatchTotals,
  "shards" | "states" | "rowsAnswered" | "reasksWaiting" | "expectedEndMs" | "faults"
> = {
  shards: 0,
  reasksWaiting: 0,
  states: {},
  rowsAnswered: 0,
  expectedEndMs: null,
  faults: [],
};
