import { loadTokenizer, type Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import { ENDED, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { isSettled, type Shard } from "../../../shared/contracts/shard.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Wake } from "../../../shared/timing/wake.ts";
import { rowsFed } from "../collecting/collector-metrics.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import { budgetUsedUp } from "../feeding/budget-used-up.ts";
import type { RowSource } from "../feeding/row-source.ts";
import { isStalled } from "../feeding/stall.ts";
import { openStartOver } from "../feeding/start-over.ts";
import { costSoFar } from "../job/job-cost.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import type { BatchLane } from "./batch-lane.ts";
import { BatchReservations } from "./batch-reservations.ts";
import { buildShard } from "./build-shard.ts";
import { buildReasks } from "./reasks/build-reasks.ts";
import { openReasks, type Reasks } from "./reasks/reasks.ts";

/**
 * Builds shards of the rows that have no outcome, in dataset order, a few ahead of their upload. Where the pass over the rows
 * stands is where the last shard ends: after a crash the next owner goes on there, and what a dead one was building does not
 * exist. Two owners cannot both store a shard of one number, and either one's is right. What a judge wants asked again by
 * batches goes into shards of its own, between those of the pass.
 */
const BUILT_AHEAD = 4;
const MOST_BUILT_AHEAD = 32;
const BYTES_AHEAD = 32 * 1024 * 1024;
const LOOK_AGAIN_MS = 1_000;
const STALL_CHECK_MS = 5_000;

export interface ShardFeederOptions {
  broker: Broker;
  blobs: Blobs;
  entry: RequestJob;
  keeper: ProgressKeeper;
  ledger: ResultsLedger;
  rows: RowSource;
  lane: BatchLane;
  enter: (results: RowResult[]) => Promise<void>;
  wake: Wake;
  signal: AbortSignal;
  /** The job's entry as last read. */
  current: () => RequestJob;
  /** The budget does not allow another row, and none is under way. */
  onBroke: (reason: HaltReason) => void;
}

/** Feeds until `signal` aborts. */
export async function feedShards(options: ShardFeederOptions): Promise<void> {
  const { entry, ledger, wake, signal } = options;
  // For the enqueued tokens an estimate will do: what it is wrong by is learnt. A budget is kept exactly.
  const tokenizer = await loadTokenizer(entry.spec.maxCost === null ? "estimate" : entry.spec.tokenizer);
  const reservations = new BatchReservations(ledger);
  const startOver = openStartOver(options);
  const reasks = isReadFirst(entry.spec.dispatch) ? await openReasks(options, ownShards(options)) : undefined;
  const last = ownShards(options).at(-1);
  let position = last?.end ?? 0;
  // What an owner that died had begun to write.
  await options.blobs.remove(`${entry.id}.${entry.run}.${(last?.shard ?? -1) + 1}`);
  let lookedAt = performance.now();
  while (!signal.aborted) {
    const own = ownShards(options);
    if (reasks !== undefined && !ENDED.has(options.current().state))
      options.lane.showReasks(await reasks.waiting());
    if (isHeld(options, own)) {
      await wake.wait(LOOK_AGAIN_MS);
    } else if (reasks !== undefined && (await reasks.due(own))) {
      position = await buildAgain({ ...options, tokenizer, reasks }, own, position);
    } else if (position < ledger.rows) {
      position = await buildNext({ ...options, tokenizer, reservations, reasks }, own, position);
    } else {
      if (performance.now() - lookedAt > STALL_CHECK_MS) {
        lookedAt = performance.now();
        // In this order: what is to be asked again is in its log before it has left the judge.
        if (own.every(isSettled) && (await isStalled(options)) && !(await reasks?.standing())) {
          startOver();
          position = 0;
        }
      }
      await wake.wait(LOOK_AGAIN_MS);
    }
  }
}

/** The shards of this run, in order. */
function ownShards({ lane, entry }: ShardFeederOptions): Shard[] {
  return lane.shards
    .all()
    .filter(({ run }) => run === entry.run)
    .sort((a, b) => a.shard - b.shard);
}

/** Nothing is to be built now. */
function isHeld({ current, lane }: ShardFeederOptions, own: readonly Shard[]): boolean {
  if (current().state !== "running" || !lane.earlierSettled()) return true;
  const built = own.flatMap(({ sends }) => sends.filter(({ state }) => state === "built"));
  const bytes = built.reduce((sum, { content }) => sum + (content?.bytes ?? 0), 0);
  return built.length >= MOST_BUILT_AHEAD || (built.length >= BUILT_AHEAD && bytes >= BYTES_AHEAD);
}

/** Builds and stores the next shard. @returns where the pass stands then */
async function buildNext(
  options: ShardFeederOptions & {
    tokenizer: Tokenizer;
    reservations: BatchReservations;
    reasks: Reasks | undefined;
  },
  own: readonly Shard[],
  from: number,
): Promise<number> {
  const { blobs, lane, ledger, rows, tokenizer, reservations, signal } = options;
  const number = nextNumber(own);
  const room = roomLeft(options, reservations, own);
  const building = {
    entry: withNewSpec(options),
    blobs,
    rows,
    ledger,
    tokenizer,
    shard: number,
    from,
    room,
    signal,
  };
  const { shard, end, unaskable, tooDear } = await buildShard(building);
  if (unaskable.length > 0) await options.enter(unaskable);
  if (tooDear !== undefined && own.some((one) => reservations.isUnderWay(one))) {
    // A later one has room for more rows: a small shard costs as many calls as a large one.
    await options.wake.wait(LOOK_AGAIN_MS);
    return from;
  }
  if (shard === undefined) {
    if (tooDear !== undefined && options.current().state === "running")
      options.onBroke(brokeBy(options, tooDear));
    if (tooDear !== undefined) await options.wake.wait(LOOK_AGAIN_MS);
    return end;
  }
  if (await lane.shards.add(shard)) {
    rowsFed.inc(shard.rows);
    options.reasks?.startAnew(shard);
    return end;
  }
  await lane.shards.refresh();
  return ownShards(options).at(-1)?.end ?? 0;
}

/** Builds and stores a shard of rows that are asked again. @returns where the pass stands then */
async function buildAgain(
  options: ShardFeederOptions & { tokenizer: Tokenizer; reasks: Reasks },
  own: readonly Shard[],
  position: number,
): Promise<number> {
  const { lane, ledger, reasks } = options;
  const taken = reasks.ofShard();
  const place = { shard: nextNumber(own), position, jobRows: ledger.rows };
  const shard = await buildReasks({ ...options, entry: withNewSpec(options) }, taken, place);
  if (await lane.shards.add(shard)) {
    await reasks.taken(taken);
    return position;
  }
  await lane.shards.refresh();
  return ownShards(options).at(-1)?.end ?? 0;
}

const nextNumber = (own: readonly Shard[]) => (own.at(-1)?.shard ?? -1) + 1;

/** What may be changed while the job runs holds for what is built from now on. */
const withNewSpec = ({ entry, current }: ShardFeederOptions) => ({ ...entry, spec: current().spec });

/** US dollars that the next shard may cost at most. */
function roomLeft(
  { current, keeper, entry, lane }: ShardFeederOptions,
  reservations: BatchReservations,
  own: readonly Shard[],
): number {
  const { maxCost } = current().spec;
  if (maxCost === null) return Number.POSITIVE_INFINITY;
  // What a shard has cost must count no later than its reservation ends.
  lane.sumUp();
  return maxCost - reservations.reserved(own) - (costSoFar(entry.spec, keeper.draft) ?? 0);
}

function brokeBy({ current, entry, keeper }: ShardFeederOptions, worst: number): HaltReason {
  return budgetUsedUp(costSoFar(entry.spec, keeper.draft) ?? 0, current().spec.maxCost ?? 0, worst);
}
