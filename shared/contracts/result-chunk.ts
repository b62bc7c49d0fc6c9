import { z } from "zod";
import { arrayOf, defineContract, isCount, JobId, Rows, Run } from "./contract.ts";

/**
 * The outcome of one row. `line` is the JSON text that is stored for it: without a line break, holding `row`.
 * Success: {row, model, usage, choices: [{text, finish_reason, refusal, logprobs}], attempts};
 * failure: {row, reason, message, attempts}.
 * Tokens are what the provider reported over all attempts of this row, also those whose answer was not kept.
 */
export interface RowResult {
  row: number;
  ok: boolean;
  /** A choice ended by `length`: kept, flagged, counted. */
  truncated: boolean;
  line: string;
  promptTokens: number;
  completionTokens: number;
}

const FIELDS = 6;

/** @param fields how many members it has; more than its own where it is part of something larger */
export function isRowResult(given: unknown, fields = FIELDS): given is RowResult {
  const value = given as Partial<Record<keyof RowResult, unknown>> | null;
  return (
    typeof value === "object" &&
    value !== null &&
    isCount(value.row) &&
    typeof value.ok === "boolean" &&
    typeof value.truncated === "boolean" &&
    typeof value.line === "string" &&
    isCount(value.promptTokens) &&
    isCount(value.completionTokens) &&
    Object.keys(value).length === fields
  );
}

export const ResultChunk = z.strictObject({
  job: JobId,
  run: Run,
  /** The replica that made the calls. */
  worker: z.string(),
  results: arrayOf(
    (value) => isRowResult(value),
    "results: {row, ok, truncated, line, promptTokens, completionTokens}",
  ),
  /** Rows of a chunk that came back too often: to be fed again one by one. */
  split: Rows,
});
export type ResultChunk = z.infer<typeof ResultChunk>;

/** Results of a job's run on their way to its collector. */
export const resultsMade = defineContract({
  subject: (job: string, run: number) => `r.${job}.${run}`,
  schema: ResultChunk,
});
