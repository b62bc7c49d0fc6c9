import { z } from "zod";
import { defineContract, JobId, Row, Run } from "./contract.ts";

/** A chunk has this many rows at most, and closes at this many bytes of messages (docs/decisions/009). */
export const MOST_CHUNK_ROWS = 250;
export const CHUNK_BYTES = 64 * 1024;

/**
 * Rows whose chat completions are to be made. What all requests of the job share (model, sampling, limits) is in the
 * job's KV entry; `messages` is the JSON text of OpenAI's `messages` array, spliced into the request body as it is, so
 * that no character changes on the way. `single` marks a row that was fed again alone after its chunk failed often.
 */
export const CompletionChunk = z.strictObject({
  job: JobId,
  run: Run,
  single: z.boolean(),
  rows: z
    .array(z.strictObject({ row: Row, messages: z.string() }))
    .min(1)
    .max(MOST_CHUNK_ROWS),
});
export type CompletionChunk = z.infer<typeof CompletionChunk>;

/** The online lane's work: one subject, and one stream, per job and route. */
export const completionsWanted = defineContract({
  subject: (job: string, route: string) => `t.online.${job}.${route}`,
  schema: CompletionChunk,
});
