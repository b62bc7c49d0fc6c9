/**
 * When a batch that takes much longer than its siblings is sent a second time. The constants were chosen by simulation with
 * the durations that earlier users measured (bench/batch-hedge.ts, docs/batch-lane.md): a log-normal distribution with a
 * median of 53 s of which 95 % end within 5 minutes and the last of 200 after about 15.
 */

/** Of the job's rows, before anything is hedged: until then stragglers cost no time. */
const DONE_SHARE = 0.7;
/** Of the siblings' median duration. */
const WAITED_MEDIANS = 1;
/** A batch of which so much is done is not worth a second one. */
const FAR_ALONG = 0.6;
/** Times that rows are sent beside a first send. */
const MOST_HEDGES = 2;

export interface Straggler {
  shard: number;
  /** Rows without an outcome. */
  rows: number;
  /** Milliseconds since the latest of its batches was created. */
  waitedMs: number;
  /** Of its batch that is furthest, by the provider's counts: 0 to 1. */
  progress: number;
  hedges: number;
}

export interface HedgeFacts {
  /** Of the job's rows. */
  doneShare: number;
  /** Milliseconds that the siblings took that have ended. */
  durations: readonly number[];
  stragglers: readonly Straggler[];
  /** Rows that may still be paid twice: all of a hedge's count until it is known how many were. */
  budgetRows: number;
}

/** The shards to be sent again now, those first of which least is done. */
export function shardsToHedge({ doneShare, durations, stragglers, budgetRows }: HedgeFacts): number[] {
  if (doneShare < DONE_SHARE || durations.length === 0) return [];
  const patienceMs = medianOf(durations) * WAITED_MEDIANS;
  const slow = stragglers.filter(
    ({ waitedMs, progress, hedges }) =>
      waitedMs >= patienceMs && progress <= FAR_ALONG && hedges < MOST_HEDGES,
  );
  const chosen: number[] = [];
  let left = budgetRows;
  for (const { shard, rows } of slow.sort((a, b) => a.progress - b.progress || b.waitedMs - a.waitedMs)) {
    if (rows > left) break;
    left -= rows;
    chosen.push(shard);
  }
  return chosen;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
