import { readShardRows } from "../../../shared/batch-lane/shard-blob.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { reasksWanted } from "../../../shared/contracts/reask-chunk.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { log } from "../../../shared/runtime/log.ts";
import { decode } from "../../../shared/runtime/messages.ts";
import { patiently } from "../../../shared/runtime/patiently.ts";
import { reaskStream } from "../../../shared/topology.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import { replyQueue } from "../job/job-streams.ts";
import { AsksTaken } from "./asks-taken.ts";
import { GatheredReasks, type ReasksOfShard } from "./gathered-reasks.ts";
import { shardRowsFor } from "./shard-size.ts";

/**
 * What the reader of replies wants asked for again by batches, in the hands of the job's owner. It lies in a log of the broker; the last
 * shard of re-asks says how far shards have come in it, as the last shard says it of the rows: after a crash the next
 * owner goes on there, and nobody acknowledges anything. A message that was taken in part comes again, and what was taken
 * of it is known by its number.
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
  const { id, run, spec } = entry;
  const stream = reaskStream(id, run);
  const asks = await asksOf(options, own);
  const gathered = new GatheredReasks(shardRowsFor(ledger.rows, spec.dispatch.batch?.maxBatchSize ?? null));
  let readTo = own.findLast(({ reasksTo }) => reasksTo !== undefined)?.reasksTo ?? 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let waitingSinceMs = 0;

  const look = async () => {
    lookedAtMs = performance.now();
    const { state } = await patiently(broker, () => broker.jsm.streams.info(stream));
    // The stream was made anew: what it held is lost, and its rows are fed again.
    if (state.last_seq < readTo) readTo = 0;
    for (
      let seq = Math.max(readTo + 1, state.first_seq);
      seq <= state.last_seq && !gathered.isFull;
      seq += 1
    ) {
      await gather(seq);
      readTo = seq;
    }
  };
  const gather = async (seq: number) => {
    const message = await patiently(broker, () => broker.jsm.direct.getMessage(stream, { seq }));
    if (message === null) return;
    if (gathered.size === 0) waitingSinceMs = performance.now();
    try {
      for (const row of decode(reasksWanted.schema, message.data).rows)
        if (!ledger.settled(row.row) && asks.isNew(row.row, row.ask)) gathered.add(row, seq);
    } catch (error) {
      log().error({ job: id, seq, error: messageOf(error) }, "what is to be asked again cannot be read");
    }
  };
  const readerIsIdle = async () => {
    const replies = replyQueue(entry);
    if (replies === undefined) return true;
    const reader = await patiently(broker, () => broker.jsm.consumers.info(replies.stream, replies.durable));
    return reader.num_pending + reader.num_ack_pending === 0;
  };

  const lookAgain = async () => {
    if (performance.now() - lookedAtMs > LOOK_EVERY_MS) await look();
  };

  return {
    waiting: async () => {
      await lookAgain();
      return gathered.size;
    },
    due: async (own) => {
      await lookAgain();
      if (gathered.size === 0) return false;
      if (gathered.isFull) return true;
      const { pollMs } = options.current().spec.dispatch.batch ?? { pollMs: 0 };
      if (performance.now() - waitingSinceMs > POLLS_WAITED * pollMs) return true;
      if (own.some(({ openRows, closed }) => openRows > 0 && !closed) || !(await readerIsIdle()))
        return false;
      // Nothing else is under way: what the reader has just said goes along.
      await look();
      return true;
    },
    standing: async () => {
      await look();
      return gathered.size > 0;
    },
    ofShard: () => gathered.ofShard(readTo),
    taken: async ({ rows, to }) => {
      for (const row of rows) {
        asks.take(row.row, row.ask);
        gathered.remove(row);
      }
      waitingSinceMs = performance.now();
      await patiently(broker, () => broker.jsm.streams.purge(stream, { seq: to + 1 }));
    },
    startAnew: (shard) => asks.startAnew(shard),
  };
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
