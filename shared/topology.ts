/** Names and settings of everything that Assay keeps in the broker. */

export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
/** A chat completion's request body may have this many bytes at most. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
export const OLDEST_BROKER = "2.12.0";

export const JOBS_STREAM = "JOBS";
export const DEAD_STREAM = "DEAD";
export const WORK_STREAM_BYTES = 64 * 1024 * 1024;

/** Contents that are too large for a message, in pieces: request lines of batches. */
export const BLOBS_STREAM = "BLOBS";

export const BUCKETS = {
  jobs: "jobs",
  leases: "leases",
  progress: "progress",
  plans: "plans",
  shards: "shards",
} as const;

/** Work of one job for one route, on the online lane. */
export function workStream(job: string, route: string): string {
  return `T_online_${job}_${route}`;
}

/** Work for the online lane that comes up while a job runs: replies that did not parse, stragglers of other lanes. */
export function againStream(job: string, route: string): string {
  return `T_again_${job}_${route}`;
}

/** Replies of a run that did not parse, to be asked for again by batches: its owner makes shards of them. */
export function reaskStream(job: string, run: number): string {
  return `T_reask_${job}_${run}`;
}

/** The job of a stream that holds work for dispatchers, or undefined where the name is not of that form. */
export function jobOfWorkStream(stream: string): { job: string; route: string } | undefined {
  const match = /^T_(?:online|again)_([0-9a-f]{16})_(.+)$/.exec(stream);
  return match ? { job: match[1]!, route: match[2]! } : undefined;
}

/** Replies of one run of a job on their way to the judge. */
export function replyStream(job: string, run: number): string {
  return `V_${job}_${run}`;
}

/** The job and run of a reply stream's name, or undefined where the name is not of that form. */
export function jobOfReplyStream(stream: string): { job: string; run: number } | undefined {
  const match = /^V_([0-9a-f]{16})_(\d+)$/.exec(stream);
  return match ? { job: match[1]!, run: Number(match[2]) } : undefined;
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
