import type { Batch } from "../../../shared/batch-api/batch.ts";

/** How long a batch took from its creation to its end, and how it ended. */
export interface BatchDuration {
  seconds: number;
  state: "completed" | "expired" | "cancelled" | "failed";
}

/** Undefined for a batch that has not ended. */
export function batchDuration(batch: Batch): BatchDuration | undefined {
  const { status, created_at } = batch;
  if (status !== "completed" && status !== "expired" && status !== "cancelled" && status !== "failed")
    return undefined;
  const endedAt = batch[`${status}_at`];
  return typeof endedAt === "number"
    ? { seconds: Math.max(0, endedAt - created_at), state: status }
    : undefined;
}

interface TimesSummary {
  batches: number;
  medianSeconds: number;
  p95Seconds: number;
  lastSeconds: number;
}

/** Of at least one batch. */
export function summarize(times: readonly BatchDuration[]): TimesSummary {
  const seconds = times.map((time) => time.seconds).sort((a, b) => a - b);
  return {
    batches: seconds.length,
    medianSeconds: quantile(seconds, 0.5),
    p95Seconds: quantile(seconds, 0.95),
    lastSeconds: seconds.at(-1)!,
  };
}

/** The smallest value that at least the share `q` of them does not exceed. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

/** Spans of time that a person can read off an axis, in seconds. */
const SPANS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const DAY = 86_400;
const MOST_BINS = 60;
const MOST_STEPS = 13;

/** The width of bins for times up to `seconds`: the smallest readable one that makes at most 60 of them. */
export function binWidth(seconds: number): number {
  return SPANS.find((span) => seconds < span * MOST_BINS) ?? Math.ceil(seconds / MOST_BINS / DAY) * DAY;
}

/** How far labels of an axis of bins stand apart: readable, whole bins, and at most 13 of them. */
export function labelStep(width: number, bins: number): number {
  const step = SPANS.find((span) => span % width === 0 && (bins * width) / span <= MOST_STEPS);
  return step ?? Math.ceil(bins / MOST_STEPS) * width;
}

/** How many batches of each state ended within each bin; a time on a border belongs to the later bin. */
export function bins(times: readonly BatchDuration[], width: number): Map<BatchDuration["state"], number>[] {
  const last = Math.max(...times.map((time) => time.seconds));
  const found = Array.from(
    { length: Math.floor(last / width) + 1 },
    () => new Map<BatchDuration["state"], number>(),
  );
  for (const { seconds, state } of times) {
    const bin = found[Math.floor(seconds / width)]!;
    bin.set(state, (bin.get(state) ?? 0) + 1);
  }
  return found;
}
