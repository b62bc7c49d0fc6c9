import { z } from "zod";
import { JobId, Row, Run } from "./contract.ts";

/**
 * A shard is a run of a job's rows that goes through the provider's batches. Its owner (a coordinator) makes it: lines of
 * requests in the blob store, this entry in the KV bucket `shards`. From then on only the holder of its route's lease
 * changes the entry, by compare-and-set, until the shard is settled; then the owner takes it away.
 *
 * A *send* is one way of the shard's lines, or of some of them, through a batch:
 *
 *   built -> uploaded -> intended -> created -> polled -> collected
 *
 * `intended` is stored before the POST, since a batch is paid whether its answer arrives or not; whoever finds a send
 * intended looks for its batch before it creates one. A send that is not wanted before it has a batch is `dropped`.
 * Lines without an answer are sent again: the first answer of a row counts, whichever send brings it.
 */

/** Some of a shard's lines, by their places: a bit each, least significant first, in base64. Null: all of them. */
const Lines = z.base64().nullable();

const SEND_STATES = ["built", "uploaded", "intended", "created", "polled", "collected", "dropped"] as const;

const count = z.int().min(0);
const fileId = z.string().nullable();

/** Status of a batch that was given up, since the provider no longer knows it. */
export const LOST = "lost";

/** A batch as it was last seen at the provider; times in Unix seconds of the provider's clock. */
export const BatchSeen = z.strictObject({
  id: z.string(),
  /** In the provider's words, or `lost`. */
  status: z.string(),
  inputFileId: z.string(),
  outputFileId: fileId,
  errorFileId: fileId,
  createdAt: z.number(),
  endedAt: z.number().nullable(),
  total: count,
  completed: count,
  failed: count,
});
export type BatchSeen = z.infer<typeof BatchSeen>;

export const ShardSend = z.strictObject({
  /** From 1 on, in the shard. */
  number: z.int().positive(),
  /**
   * `retry`: what an earlier send left; `hedge`: beside a send that takes long; `online`: the same through the online lane;
   * `duplicate`: a batch that was created twice for one send, cancelled as soon as it was seen.
   */
  kind: z.enum(["first", "retry", "hedge", "online", "duplicate"]),
  /** How often its rows have been sent, hedges not counted. */
  attempt: z.int().positive(),
  lines: Lines,
  rows: count,
  /** Of its content; null until that has been counted. */
  content: z.strictObject({ bytes: count, sha256: z.string() }).nullable(),
  promptTokens: count,
  state: z.enum(SEND_STATES),
  /** Batches of it that the provider refused for the tokens that the key has enqueued. */
  refusals: count,
  file: z.strictObject({ id: z.string(), createdAt: z.number().nullable() }).nullable(),
  batch: BatchSeen.nullable(),
  /** Since when (Unix milliseconds) the provider says that it knows no such batch, and whether a person was told. */
  missing: z.strictObject({ sinceMs: z.number(), told: z.boolean() }).nullable().default(null),
  /** Unix milliseconds: the POST's answer, and the first sight of the batch's end. */
  sentAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** What the provider charges for; 0 until collected. */
  promptTokensUsed: count,
  completionTokensUsed: count,
  /** Rows that it settled, with an answer or for good without one. */
  done: count,
  failed: count,
  /** Answers that were paid and came second. */
  late: count,
  /** Lines of its files that belong to no row of it. */
  unknown: count,
  /** What holds it up, for a person. */
  fault: z.string().nullable(),
});
export type ShardSend = z.infer<typeof ShardSend>;

export const Shard = z.strictObject({
  job: JobId,
  run: Run,
  /** From 0 on. */
  shard: count,
  /** Rows that the pass over the job's rows had come by before and after this shard; it holds those without an outcome. */
  from: Row,
  end: Row,
  rows: z.int().positive(),
  /** Rows of the job. */
  jobRows: z.int().positive(),
  /** It holds rows that are asked again: all of the run's re-ask log up to this sequence is in it or in earlier shards. */
  reasksTo: count.optional(),
  /** Name of its content in the blob store: request lines, the rows' numbers, and what rows carry. */
  blob: z.string(),
  /** US dollars that it can cost at most, hedges included; 0 where the job has no budget. */
  worstCost: z.number().min(0),
  /** Rows that hedging may have paid twice, as a share of its rows, as far as the budget has room for them. */
  hedgeShare: z.number().min(0).max(1),
  /** Lines without an outcome. */
  open: Lines,
  openRows: count,
  /** Nothing is sent any more; what is open stays open. */
  closed: z.boolean(),
  sends: z.array(ShardSend).min(1),
});
export type Shard = z.infer<typeof Shard>;

/** Nothing more will come of this send. */
export const isSendOver = ({ state }: Pick<ShardSend, "state">) =>
  state === "collected" || state === "dropped";

/** Nothing more will come of this shard: each of its rows has an outcome, or none is wanted, and all that was paid is known. */
export function isSettled({
  openRows,
  closed,
  sends,
}: Pick<Shard, "openRows" | "closed" | "sends">): boolean {
  return (openRows === 0 || closed) && sends.every(isSendOver);
}

/** Key of a shard's entry. */
export const shardKey = ({ job, run, shard }: Pick<Shard, "job" | "run" | "shard">) =>
  `${job}.${run}.${shard}`;
