/** Names and settings of everything that Assay keeps in the broker. */

export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
/** A chat completion's request body may have this many bytes at most. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
export const OLDEST_BROKER = "2.12.0";

export const JOBS_STREAM = "JOBS";
export const DEAD_STREAM = "DEAD";
/** Of dead letters, the oldest of which give way. The broker reserves it on its disk. */
export const DEAD_STREAM_BYTES = 32 * 1024 * 1024;
const LEAST_STREAM_BYTES = 2 * MAX_PAYLOAD_BYTES;
const MOST_STREAM_BYTES = 64 * 1024 * 1024;
const BYTES_OF_A_ROW = 64 * 1024;

/**
 * What a work stream of a job holds at most. The broker reserves it on its disk, so a small job's streams are small; the
 * number is the same whenever it is asked for.
 * @param bytes of its prepared rows
 */
export function workStreamBytes(job: { rows: number; bytes: number }): number {
  const wanted = Math.max(job.rows * BYTES_OF_A_ROW, 2 * job.bytes);
  return Math.min(MOST_STREAM_BYTES, Math.max(LEAST_STREAM_BYTES, wanted));
}

/** Contents that are too large for a message, in pieces: request lines of batches. */
export const BLOBS_STREAM = "BLOBS";

export const BUCKETS = {
  jobs: "jobs",
  leases: "leases",
  progress: "progress",
  plans: "plans",
  shards: "shards",
} as const;

/** Work of one job for one route. @param lane whose work it is (shared/lanes.ts) */
export function workStream(job: string, route: string, lane = "online"): string {
  return `T_${lane}_${job}_${route}`;
}

/** Calls that come up while a job runs: replies that did not parse, stragglers of batches. */
export function againStream(job: string, route: string): string {
  return workStream(job, route, "again");
}

/** Replies of a run that did not parse, to be asked for again by batches: its owner makes shards of them. */
export function reaskStream(job: string, run: number): string {
  return `T_reask_${job}_${run}`;
}

/** Replies of one run of a job on their way to whoever reads them. */
export function replyStream(job: string, run: number): string {
  return `V_${job}_${run}`;
}

/** Subjects of streams that hold chunks, of all lanes. */
export const CHUNK_STREAMS = "t.*.*.*";
/** Subjects of streams that hold replies. */
export const REPLY_STREAMS = "v.*.*";

/** What the name of a stream says of it. */
export interface StreamName {
  /** `replies`, or what the second token of a work stream's name is: a lane, `again`, `reask`. */
  holds: string;
  job: string;
  /** A route, or a run. */
  of: string;
}

/** Undefined where the name is no such. */
export function readStreamName(stream: string): StreamName | undefined {
  const match = /^(?:T_([a-z]+)|V)_([0-9a-f]{16})_(.+)$/.exec(stream);
  return match ? { holds: match[1] ?? "replies", job: match[2]!, of: match[3]! } : undefined;
}

/** Results of one run of a job: a process that slept through a new run can only delete the streams of the old one. */
export function resultStream(job: string, run: number): string {
  return `R_${job}_${run}`;
}

/** Told to everybody when a job's state changed: speed only, the KV entry is the truth. */
export function jobChanged(job: string): string {
  return `events.job.${job}`;
}

const SHARD_EVENTS = "events.shard.";

/** Told to everybody when a shard's entry changed: speed only, as above. @param key of the entry; `*` stands for a token */
export function shardChanged(key: string): string {
  return `${SHARD_EVENTS}${key}`;
}

/** The key of the entry that is told of. */
export function changedShard(subject: string): string {
  return subject.slice(SHARD_EVENTS.length);
}
