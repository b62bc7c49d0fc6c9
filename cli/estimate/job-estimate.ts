import { estimateJob, type JobEstimate, type SampleRow } from "../../shared/annotators/cost/estimate.ts";
import { messagesOf } from "../../shared/datasets/preparing/prepared-row.ts";
import type { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import type { JobHere } from "./jobs-here.ts";
import { spreadRows, withPreparedRows } from "./prepared-sample.ts";

const SAMPLE_ROWS = 1000;

/** Reads all that the job reads and counts a sample of it. @throws UserError at a row that cannot be asked */
export async function estimateWhole(job: JobHere, signal: AbortSignal): Promise<JobEstimate> {
  const estimate = (rows: PreparedRows) => estimateRows(job, rows, rows.count, signal);
  return await withPreparedRows(job, undefined, estimate, signal);
}

/** From the first rows alone, where the number of all, of these jobs together, is known otherwise. */
export async function estimateQuickly(
  jobs: readonly JobHere[],
  allRows: Promise<number>,
  signal: AbortSignal,
): Promise<JobEstimate[]> {
  const each = allRows.then((rows) => rows / jobs.length);
  // It may fail before anybody waits for it.
  each.catch(() => {});
  return await Promise.all(
    jobs.map((job) => {
      const estimate = async (rows: PreparedRows) => estimateRows(job, rows, await each, signal);
      return withPreparedRows(job, SAMPLE_ROWS, estimate, signal);
    }),
  );
}

async function estimateRows(
  { spec, annotator }: JobHere,
  rows: PreparedRows,
  totalRows: number,
  signal: AbortSignal,
): Promise<JobEstimate> {
  const { choices, maxTokens, limits, charges, batch } = spec.dispatch;
  return await estimateJob({
    batch: batch !== null,
    rows: samplesOf(rows, signal),
    totalRows,
    annotator: { ...annotator, charges },
    params: { n: choices, max_tokens: maxTokens },
    limits,
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
