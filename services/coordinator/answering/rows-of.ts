import type { z } from "zod";
import { isPlan, type JobEntry, type PlanJob, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { listRows } from "../../../shared/contracts/jobs-api.ts";
import { isBad, type PreparedRow } from "../../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { UserError } from "../../../shared/errors.ts";
import { openResultLines, type ResultLine, theseRows } from "../collecting/parts/result-lines.ts";
import { loadLedger } from "../collecting/results-ledger.ts";
import type { CoordinatorContext } from "../context.ts";
import { requestJobs } from "../job/step-jobs.ts";

type Question = Pick<z.infer<typeof listRows.question>, "failed" | "limit" | "from">;
type ShownRow = Record<string, unknown>;

/** An answer must fit into one message. */
const ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Rows of a job with prompt, original and answer or reason, in order: from `from` on, or only the failed ones. Those of a
 * plan are its steps', one step after another, each from `from` on.
 */
export async function rowsOf(
  context: CoordinatorContext,
  entry: JobEntry,
  question: Question,
): Promise<ShownRow[]> {
  const found: ShownRow[] = [];
  let bytes = 0;
  for await (const row of isPlan(entry)
    ? planRows(context, entry, question)
    : jobRows(context, entry, question)) {
    bytes += JSON.stringify(row).length;
    if (bytes > ANSWER_BYTES && found.length > 0) break;
    found.push(row);
    if (found.length === question.limit) break;
  }
  return found;
}

async function* planRows(
  context: CoordinatorContext,
  plan: PlanJob,
  question: Question,
): AsyncGenerator<ShownRow> {
  for (const { name, entry } of await requestJobs(context, plan)) {
    const progress = await progressOf(context, entry);
    if (progress === undefined) continue;
    for await (const row of rowsSoFar(entry, progress, question)) yield { step: name, ...row };
  }
}

async function* jobRows(
  context: CoordinatorContext,
  entry: RequestJob,
  question: Question,
): AsyncGenerator<ShownRow> {
  const progress = await progressOf(context, entry);
  if (progress === undefined)
    throw new UserError(`Job ${entry.id} has no rows yet: its dataset has not been read.`);
  yield* rowsSoFar(entry, progress, question);
}

/** Undefined while the rows have not been read. */
async function progressOf(context: CoordinatorContext, entry: RequestJob): Promise<JobProgress | undefined> {
  const progress = (await context.progress.get(entry.id))?.value;
  return progress?.rows == null ? undefined : progress;
}

async function* rowsSoFar(
  { spec }: RequestJob,
  progress: JobProgress,
  question: Question,
): AsyncGenerator<ShownRow> {
  await using rows = await PreparedRows.open(spec.workFolder);
  const isWanted = question.failed ? await failedRows(spec.workFolder, progress, rows.count) : () => true;
  for (let next = question.from; next < rows.count; ) {
    const wanted: number[] = [];
    for (; next < rows.count && wanted.length < question.limit; next += 1)
      if (isWanted(next)) wanted.push(next);
    if (wanted.length === 0) return;
    // However many rows the job has, the places of these alone are held in memory.
    const { parts, run } = progress;
    using results = await openResultLines(spec.workFolder, parts, run, theseRows(wanted));
    for (const row of wanted) yield await shownRow(rows, row, results.of(row));
  }
}

async function failedRows(
  workFolder: string,
  progress: JobProgress,
  rows: number,
): Promise<(row: number) => boolean> {
  const { ledger } = await loadLedger(workFolder, progress, rows);
  return (row) => ledger.failed.has(row);
}

async function shownRow(rows: PreparedRows, row: number, result: ResultLine | undefined): Promise<ShownRow> {
  const value = await rows.readAt(row);
  const state = result === undefined ? "pending" : result.ok ? "done" : "failed";
  return {
    row,
    state,
    ...(isBad(value) ? {} : shown(value)),
    ...(result === undefined ? {} : JSON.parse(result.line.toString())),
  };
}

/** What a request carries is for the reader of its reply. */
function shown({ carry: _, ...row }: PreparedRow): object {
  return row;
}
