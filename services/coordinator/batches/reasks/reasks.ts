import { readShardRows } from "../../../../shared/batch-lane/shard-blob.ts";
import type { RequestJob } from "../../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../../shared/runtime/broker.ts";
import { patiently } from "../../../../shared/runtime/patiently.ts";
import type { ResultsLedger } from "../../collecting/results-ledger.ts";
import { replyQueue } from "../../job/job-streams.ts";
import { shardRowsFor } from "../shard-size.ts";
import { AsksTaken } from "./asks-taken.ts";
import { GatheredReasks, type ReasksOfShard } from "./gathered-reasks.ts";
import { openReaskLog } from "./reask-log.ts";

/**
 * What the reader of replies wants asked for again by batches, in the hands of the job's owner. It lies in a log of the broker; the last
 * shard of re-asks says how far shards have come in it, as the last shard says it of the rows: after a crash the next
 * owner goes on there, and nobody acknowledges anything. A message that was taken in part comes again, and what was taken
 * of it is known by its number.
 *
 * | a re-ask is | and becomes | when |
 * |---|---|---|
 * | in the log | gathered (reask-log.ts) | it is read, its row has no outcome, and its ask is a new one |
 * | gathered | in a shard | they fill one, have waited for long, or nothing else is under way (`isDue`) |
 * | in a shard | gone from the log | the shard is stored, and so are all that came before it |
 */
export interface Reasks {
  /** How many rows wait for a shard, of those that fill one; looks at most once a second, and builds nothing. */
  waiting(): Promise<number>;
  /** Whether a shard is to be made of them now. @param own the run's shards, in order */
  due(own: readonly Shard[]): Promise<boolean>;
  /** Whether any wait for a shard, also such as came just now. */
  standing(): Promise<boolean>;
  ofShard(): ReasksOfShard;
  /** They are in a stored shard. */
  taken(reasks: ReasksOfShard): Promise<void>;
  /** A stored shard of the pass over the rows asks its rows from their first ask on. */
  startAnew(shard: Pick<Shard, "from" | "end">): void;
}

export interface ReasksOptions {
  broker: Broker;
  blobs: Blobs;
  entry: RequestJob;
  ledger: ResultsLedger;
  current: () => RequestJob;
}

const LOOK_EVERY_MS = 1_000;
/** Looks at the provider's list after which re-asks that do not fill a shard go all the same. */
const POLLS_WAITED = 10;

/** @param own the run's shards so far, in order */
export async function openReasks(options: ReasksOptions, own: readonly Shard[]): Promise<Reasks> {
  const { broker, entry, ledger } = options;
  const asks = await asksOf(options, own);
  const gathered = new GatheredReasks(
    shardRowsFor(ledger.rows, entry.spec.dispatch.batch?.maxBatchSize ?? null),
  );
  const log = openReaskLog(broker, entry, {
    readTo: own.findLast(({ reasksTo }) => reasksTo !== undefined)?.reasksTo ?? 0,
    isFull: () => gathered.isFull,
    take: (row, seq) => {
      if (!ledger.settled(row.row) && asks.isNew(row.row, row.ask)) gathered.add(row, seq);
    },
  });
  let waitingSinceMs = 0;
  const look = async () => {
    const [before, nowMs] = [gathered.size, performance.now()];
    await log.read();
    if (before === 0) waitingSinceMs = nowMs;
  };
  const lookAgain = async () => {
    if (performance.now() - log.readAtMs() > LOOK_EVERY_MS) await look();
  };

  return {
    waiting: async () => {
      await lookAgain();
      return gathered.size;
    },
    due: async (own) => {
      await lookAgain();
      const { pollMs } = options.current().spec.dispatch.batch ?? { pollMs: 0 };
      const is = isDue({
        gathered: gathered.size,
        isFull: gathered.isFull,
        waitedMs: performance.now() - waitingSinceMs,
        pollMs,
        shardsOpen: own.some(({ openRows, closed }) => openRows > 0 && !closed),
      });
      if (is !== "if nobody reads") return is === "yes";
      if (!(await readerIsIdle(broker, entry))) return false;
      // Nothing else is under way: what the reader has just said goes along.
      await look();
      return true;
    },
    standing: async () => {
      await look();
      return gathered.size > 0;
    },
    ofShard: () => gathered.ofShard(log.readTo()),
    taken: async ({ rows, to }) => {
      for (const row of rows) {
        asks.take(row.row, row.ask);
        gathered.remove(row);
      }
      waitingSinceMs = performance.now();
      await log.purge(to);
    },
    startAnew: (shard) => asks.startAnew(shard),
  };
}

/** Whether a shard is to be made of what was gathered. */
export function isDue(facts: {
  gathered: number;
  isFull: boolean;
  waitedMs: number;
  pollMs: number;
  /** Shards of the run that may still bring more of them. */
  shardsOpen: boolean;
}): "yes" | "no" | "if nobody reads" {
  if (facts.gathered === 0) return "no";
  if (facts.isFull || facts.waitedMs > POLLS_WAITED * facts.pollMs) return "yes";
  return facts.shardsOpen ? "no" : "if nobody reads";
}

/** Whether no reply lies unread with the reader of replies, out of which a re-ask could still come. */
async function readerIsIdle(broker: Broker, entry: RequestJob): Promise<boolean> {
  const replies = replyQueue(entry);
  if (replies === undefined) return true;
  const reader = await patiently(broker, () => broker.jsm.consumers.info(replies.stream, replies.durable));
  return reader.num_pending + reader.num_ack_pending === 0;
}

/** What the shards have asked so far: before the first re-ask, each row once. */
async function asksOf({ blobs, ledger }: ReasksOptions, own: readonly Shard[]): Promise<AsksTaken> {
  const asks = new AsksTaken(ledger.rows);
  const first = own.findIndex(({ reasksTo }) => reasksTo !== undefined);
  for (const shard of first < 0 ? [] : own.slice(first)) {
    if (shard.reasksTo === undefined) asks.startAnew(shard);
    else for (const row of await readShardRows(blobs, shard.blob)) asks.takeNext(row);
  }
  return asks;
}
