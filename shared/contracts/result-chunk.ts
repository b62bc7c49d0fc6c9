import { z } from "zod";
import { defineContract, JobId, Row, Run } from "./contract.ts";

/**
 * The outcome of one row. `line` is the JSON text that is stored for it: without a line break, holding `row`.
 * Success: {row, model, usage, choices: [{text, finish_reason, refusal, logprobs}], attempts};
 * failure: {row, reason, message, attempts}.
 * Tokens are what the provider reported over all attempts of this row, also those whose answer was not kept.
 */
export const RowResult = z.strictObject({
  row: Row,
  ok: z.boolean(),
  /** A choice ended by `length`: kept, flagged, counted. */
  truncated: z.boolean(),
  line: z.string(),
  promptTokens: z.int().min(0),
  completionTokens: z.int().min(0),
});
export type RowResult = z.infer<typeof RowResult>;

export const ResultChunk = z.strictObject({
  job: JobId,
  run: Run,
  /** The replica that made the calls. */
  worker: z.string(),
  results: z.array(RowResult),
  /** Rows of a chunk that came back too often: to be fed again one by one. */
  split: z.array(Row),
});
export type ResultChunk = z.infer<typeof ResultChunk>;

/** Results of a job's run on their way to its collector. */
export const resultsMade = defineContract({
  subject: (job: string, run: number) => `r.${job}.${run}`,
  schema: ResultChunk,
});
