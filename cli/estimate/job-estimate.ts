import type { Annotator } from "../../shared/annotators/annotator.ts";
import {
  estimateJob,
  type JobEstimate,
  type SampleRow,
  type Span,
} from "../../shared/annotators/estimate.ts";
import type { PaceFields } from "../../shared/contracts/job-fields.ts";
import type { SamplingParameters } from "../../shared/contracts/sampling.ts";
import { messagesOf } from "../../shared/datasets/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { count, counted, dollars, duration, short } from "../view/amounts.ts";
import { type RowsToRead, spreadRows, withPreparedRows } from "./prepared-sample.ts";

const SAMPLE_ROWS = 1000;

/** What one model is asked. */
export interface Asked extends RowsToRead {
  annotator: Annotator;
  params: SamplingParameters;
  pace: Pick<PaceFields, "max_requests_per_minute" | "max_tokens_per_minute" | "batch">;
}

/** Reads the whole dataset and counts a sample of it. */
export async function estimateWhole(asked: Asked, signal: AbortSignal): Promise<JobEstimate> {
  const estimate = (rows: PreparedRows) => estimateRows(asked, rows, rows.count, signal);
  return await withPreparedRows(asked, undefined, estimate, signal);
}

/** From the first rows alone, where the number of all is known otherwise. */
export async function estimateQuickly(
  asked: Asked,
  allRows: Promise<number>,
  signal: AbortSignal,
): Promise<JobEstimate> {
  const estimate = async (rows: PreparedRows) => estimateRows(asked, rows, await allRows, signal);
  return await withPreparedRows(asked, SAMPLE_ROWS, estimate, signal);
}

async function estimateRows(
  { annotator, params, pace }: Asked,
  rows: PreparedRows,
  totalRows: number,
  signal: AbortSignal,
): Promise<JobEstimate> {
  const { max_requests_per_minute, max_tokens_per_minute, batch } = pace;
  return await estimateJob({
    batch,
    rows: samplesOf(rows, signal),
    totalRows,
    annotator,
    params,
    limits: {
      requestsPerMinute: max_requests_per_minute ?? null,
      tokensPerMinute: max_tokens_per_minute ?? null,
    },
  });
}

async function* samplesOf(rows: PreparedRows, signal: AbortSignal): AsyncGenerator<SampleRow> {
  for await (const row of spreadRows(rows, SAMPLE_ROWS)) {
    signal.throwIfAborted();
    yield {
      messages: messagesOf(row) as unknown as SampleRow["messages"],
      original: row.annotation_original,
    };
  }
}

/** In one line; of several models together. */
export function estimateLine(estimates: readonly JobEstimate[]): string {
  const sum = (part: (estimate: JobEstimate) => number) =>
    estimates.reduce((total, estimate) => total + part(estimate), 0);
  const span = (part: (estimate: JobEstimate) => Span) => ({
    low: sum((estimate) => part(estimate).low),
    high: sum((estimate) => part(estimate).high),
  });
  const completion = span(({ completionTokens }) => completionTokens);
  const answers = `${short(completion.low)} to ${short(completion.high)} completion tokens`;
  const known = estimates.every(({ cost }) => cost !== undefined);
  const cost = known ? span(({ cost }) => cost!) : undefined;
  const [rows, promptTokens] = [sum(({ rows }) => rows), sum(({ promptTokens }) => promptTokens)];
  return `Estimate: ${counted(rows, "row", "rows")}, ${short(promptTokens)} prompt and ${answers}, cost ${costText(cost)}.`;
}

/** For a person, a line each. */
export function estimateLines(estimate: JobEstimate, annotator: Annotator): string {
  const { rows, sampled, promptTokens, completionTokens, ownAnswers, cost, seconds, limits } = estimate;
  const answers = ownAnswers
    ? "as long as the dataset's own answers"
    : "one a row: the dataset has no answers";
  const perMinute = (limit: number) => (limit === Number.POSITIVE_INFINITY ? "unlimited" : count(limit));
  return [
    `Rows               ${count(rows)}${sampled < rows ? ` (counted on ${count(sampled)} of them)` : ""}`,
    `Prompt tokens      ${count(promptTokens)}`,
    `Completion tokens  ${count(completionTokens.low)} to ${count(completionTokens.high)}`,
    `                   (${answers}; all of full length)`,
    `Cost               ${costText(cost)}${cost === undefined ? ` (no price is known of ${annotator.name})` : ""}`,
    estimate.batch
      ? "Time               up to a day: as the provider's batches have it"
      : `Time by limits     ${spanText(seconds, duration)}, at ${perMinute(limits.requestsPerMinute)} requests and ${perMinute(limits.tokensPerMinute)} tokens a minute`,
    ...(!estimate.batch && estimate.largestRequestTokens > limits.tokensPerMinute
      ? [
          `The largest request (${count(estimate.largestRequestTokens)} tokens) is over the token limit: it would be refused.`,
        ]
      : []),
  ].join("\n");
}

function costText(cost: JobEstimate["cost"]): string {
  return cost === undefined ? "unknown" : spanText(cost, dollars);
}

function spanText({ low, high }: { low: number; high: number }, shown: (value: number) => string): string {
  return shown(low) === shown(high) ? shown(low) : `${shown(low)} to ${shown(high)}`;
}

/** For programs; null where a limit is unlimited or a cost unknown. */
export function estimateObject({ cost, limits, ...estimate }: JobEstimate): Record<string, unknown> {
  const finite = (limit: number) => (Number.isFinite(limit) ? limit : null);
  return {
    ...estimate,
    cost: cost ?? null,
    limits: {
      requestsPerMinute: finite(limits.requestsPerMinute),
      tokensPerMinute: finite(limits.tokensPerMinute),
    },
  };
}
