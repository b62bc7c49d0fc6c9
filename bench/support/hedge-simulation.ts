import { shardsToHedge } from "../../services/batch-supervisor/hedging/hedge-policy.ts";
import { parseDistribution, sample } from "../../services/openai-simulator/distribution.ts";
import { createRandom } from "../../shared/random.ts";

/** A job through batches, in a clock of its own: nothing but the policy and the durations decides. */
export interface SimulatedJob {
  rows: number;
  batchRows: number;
  /** Seconds between two looks at the provider. */
  pollSeconds: number;
  /** As the OpenAI simulator's batchDuration. */
  duration: string;
  seed: number;
  /** Share of the rows; null: nothing is hedged. */
  maxHedgeCost: number | null;
}

export interface SimulatedEnd {
  seconds: number;
  /** Rows that were paid twice. */
  paidTwice: number;
  hedges: number;
}

interface Batch {
  createdMs: number;
  endsMs: number;
}

interface Shard {
  rows: number;
  batches: Batch[];
  doneMs: number | undefined;
  paidTwice: number;
}

/** Of the provider: validation and finalizing, and how long a cancelled batch goes on. */
const AROUND_MS = 3_000;
const CANCELLING_MS = 2_000;

/** All batches are created at once; lines are answered evenly over a batch's time; ends are seen at looks. */
export function simulateJob(job: SimulatedJob): SimulatedEnd {
  const random = createRandom(job.seed, 0x2545f491, 0x6c078965);
  const distribution = parseDistribution(job.duration, "delay");
  const begin = (nowMs: number): Batch => ({
    createdMs: nowMs,
    endsMs: nowMs + AROUND_MS + sample(distribution, random),
  });
  const shards: Shard[] = [];
  for (let from = 0; from < job.rows; from += job.batchRows) {
    const rows = Math.min(job.batchRows, job.rows - from);
    shards.push({ rows, batches: [begin(0)], doneMs: undefined, paidTwice: 0 });
  }
  const durations: number[] = [];
  for (let nowMs = 0; ; nowMs += job.pollSeconds * 1000) {
    for (const shard of shards) if (shard.doneMs === undefined) seeEnd(shard, nowMs, durations);
    if (shards.every(({ doneMs }) => doneMs !== undefined)) return endOf(shards, nowMs);
    if (job.maxHedgeCost === null) continue;
    for (const number of shardsToHedge(factsOf(shards, durations, nowMs, job))) {
      shards[number]!.batches.push(begin(nowMs));
    }
  }
}

function seeEnd(shard: Shard, nowMs: number, durations: number[]): void {
  const ended = shard.batches.filter(({ endsMs }) => endsMs <= nowMs).sort((a, b) => a.endsMs - b.endsMs);
  const [winner] = ended;
  if (winner === undefined) return;
  shard.doneMs = nowMs;
  for (const { createdMs } of ended) durations.push(nowMs - createdMs);
  for (const batch of shard.batches) {
    if (batch !== winner)
      shard.paidTwice += Math.floor(progressOf(batch, nowMs + CANCELLING_MS) * shard.rows);
  }
}

function factsOf(shards: readonly Shard[], durations: number[], nowMs: number, job: SimulatedJob) {
  const done = shards.filter(({ doneMs }) => doneMs !== undefined);
  const rowsOf = (some: readonly Shard[]) => some.reduce((sum, { rows }) => sum + rows, 0);
  const used = shards.reduce(
    (sum, { doneMs, paidTwice, rows, batches }) =>
      sum + (doneMs === undefined ? rows * (batches.length - 1) : paidTwice),
    0,
  );
  return {
    doneShare: rowsOf(done) / job.rows,
    durations,
    budgetRows: job.rows * job.maxHedgeCost! - used,
    stragglers: shards.flatMap(({ rows, batches, doneMs }, shard) =>
      doneMs !== undefined
        ? []
        : [
            {
              shard,
              rows,
              waitedMs: nowMs - batches.at(-1)!.createdMs,
              progress: Math.max(...batches.map((batch) => progressOf(batch, nowMs))),
              hedges: batches.length - 1,
            },
          ],
    ),
  };
}

function progressOf({ createdMs, endsMs }: Batch, nowMs: number): number {
  return Math.min(1, Math.max(0, (nowMs - createdMs) / (endsMs - createdMs)));
}

function endOf(shards: readonly Shard[], nowMs: number): SimulatedEnd {
  return {
    seconds: nowMs / 1000,
    paidTwice: shards.reduce((sum, { paidTwice }) => sum + paidTwice, 0),
    hedges: shards.reduce((sum, { batches }) => sum + batches.length - 1, 0),
  };
}
