import { z } from "zod";
import { arrayOf, defineContract, isCount, JobId, Run } from "./contract.ts";

/** A chunk has this many rows at most, and closes at this many bytes of messages (docs/decisions/009). */
export const MOST_CHUNK_ROWS = 500;
export const CHUNK_BYTES = 64 * 1024;

export interface ChunkRow {
  row: number;
  messages: string;
  /** What the reader of the reply must know besides: goes out with the request and comes back with the reply. */
  carry?: string;
}

function isChunkRow(given: unknown): given is ChunkRow {
  const value = given as Partial<Record<keyof ChunkRow, unknown>> | null;
  return (
    typeof value === "object" &&
    value !== null &&
    isCount(value.row) &&
    typeof value.messages === "string" &&
    (value.carry === undefined
      ? Object.keys(value).length === 2
      : typeof value.carry === "string" && Object.keys(value).length === 3)
  );
}

/**
 * Rows whose chat completions are to be made. What all requests of the job share (model, sampling, limits) is in the
 * job's KV entry; `messages` is the JSON text of OpenAI's `messages` array, spliced into the request body as it is, so
 * that no character changes on the way. `single` marks a row that was fed again alone after its chunk failed often.
 */
export const CompletionChunk = z.strictObject({
  job: JobId,
  run: Run,
  single: z.boolean(),
  rows: arrayOf(isChunkRow, "rows: {row, messages, carry?}").refine(
    (rows) => rows.length >= 1 && rows.length <= MOST_CHUNK_ROWS,
    `1 to ${MOST_CHUNK_ROWS} rows make a chunk`,
  ),
});
export type CompletionChunk = z.infer<typeof CompletionChunk>;

/** Work of a lane that takes chunks: one subject, and one stream, per job and route. Its feeder alone writes there. */
export const completionsWantedOn = (lane: string) =>
  defineContract({
    subject: (job: string, route: string) => `t.${lane}.${job}.${route}`,
    schema: CompletionChunk,
  });

export const completionsWanted = completionsWantedOn("online");

/** Calls that come up while a job runs: replies to be asked for again, stragglers of batches. */
export const completionsWantedAgain = completionsWantedOn("again");
