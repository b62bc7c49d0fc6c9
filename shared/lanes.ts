import { type CompletionChunk, completionsWantedOn } from "./contracts/completion-chunk.ts";
import type { Contract } from "./contracts/contract.ts";
import type { DispatchSpec } from "./contracts/job-entry.ts";
import { checkAnnotator, checkBatchAnnotator } from "./contracts/jobs-api.ts";
import { repliesMade } from "./contracts/reply-chunk.ts";
import { type ResultChunk, resultsMade } from "./contracts/result-chunk.ts";
import type { BrokerUser } from "./installation/broker-users.ts";
import { readStreamName, workStream } from "./topology.ts";

/**
 * What a lane is, and who reads the replies: a row of one of two tables each. All that depends on a job's lane or on its
 * `returnTo` asks the row, so that a new one is a row here and a service that does the work.
 */
export interface Lane {
  /** Jobs of this lane. The first row that takes a job is its lane. */
  takes(dispatch: DispatchSpec): boolean;
  /** The service that makes its completions. Its name is that of its consumers and of its broker user, too. */
  readonly worker: BrokerUser;
  /** Where chunks of rows are written for it; null: its rows come as shards, whose entries say where their content is. */
  readonly chunks: ChunkWork | null;
  /** The service that makes the calls which come up while a job runs. */
  readonly again: BrokerUser;
  /** Rows that take too long here may be called for besides. */
  readonly hedgedByCalls: boolean;
  /** What has been sent is paid and brings results whatever becomes of the job: also while it rests, and after its end. */
  readonly hasBatches: boolean;
  /** Who says whether its service has what an annotator needs. */
  readonly check: typeof checkAnnotator;
}

/** Work in chunks, by job and route. */
export interface ChunkWork {
  stream(job: string, route: string): string;
  readonly contract: Contract<CompletionChunk, [string, string]>;
}

const inChunks = (lane: string): ChunkWork => ({
  stream: (job, route) => workStream(job, route, lane),
  contract: completionsWantedOn(lane),
});

export const LANES = {
  batch: {
    takes: ({ batch }) => batch !== null,
    worker: "batch-supervisor",
    chunks: null,
    again: "dispatcher",
    hedgedByCalls: true,
    hasBatches: true,
    check: checkBatchAnnotator,
  },
  online: {
    takes: () => true,
    worker: "dispatcher",
    chunks: inChunks("online"),
    again: "dispatcher",
    hedgedByCalls: false,
    hasBatches: false,
    check: checkAnnotator,
  },
} satisfies Record<string, Lane>;

export type LaneName = keyof typeof LANES;

export function laneNameOf(dispatch: DispatchSpec): LaneName {
  const names = Object.keys(LANES) as LaneName[];
  return names.find((name) => LANES[name].takes(dispatch))!;
}

export function laneOf(dispatch: DispatchSpec): Lane {
  return LANES[laneNameOf(dispatch)];
}

/** Who reads what was answered, before it is a result or as one. */
export interface Reader {
  /**
   * The service that takes replies out of their stream, gives results, and may ask again. Null: answers are results as
   * they come, and the job's owner takes them.
   */
  readonly service: BrokerUser | null;
  /** What its messages are: results, or replies with what was asked. */
  readonly outcomes: Contract<ResultChunk, [string, number]>;
}

export const READERS: Record<DispatchSpec["returnTo"], Reader> = {
  collector: { service: null, outcomes: resultsMade },
  judge: { service: "judge", outcomes: repliesMade as Reader["outcomes"] },
};

export function readerOf({ returnTo }: Pick<DispatchSpec, "returnTo">): Reader {
  return READERS[returnTo];
}

/** Replies are read by a service before they are results: requests carry what it must know, and it may ask again. */
export function isReadFirst(dispatch: Pick<DispatchSpec, "returnTo">): boolean {
  return readerOf(dispatch).service !== null;
}

/** Calls come up while the job runs. */
export function asksAgain(dispatch: DispatchSpec): boolean {
  return laneOf(dispatch).hedgedByCalls || isReadFirst(dispatch);
}

/** The service that takes the messages of a job's stream out; undefined: it is none whose messages a service shares out. */
export function workerOf(stream: string, dispatch: DispatchSpec): string | undefined {
  const holds = readStreamName(stream)?.holds;
  if (holds === "replies") return readerOf(dispatch).service ?? undefined;
  if (holds === "again") return laneOf(dispatch).again;
  return holds !== undefined && Object.hasOwn(LANES, holds) ? LANES[holds as LaneName].worker : undefined;
}
