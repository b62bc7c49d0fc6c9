import type { z } from "zod";
import type { JobEntry } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import type { listRows } from "../../shared/contracts/jobs-api.ts";
import { isBad } from "../../shared/datasets/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { UserError } from "../../shared/errors.ts";
import { openResultLines } from "./result-lines.ts";

/** An answer must fit into one message. */
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Rows of a job with prompt, original and answer or reason, in order: from `from` on, or only the failed ones. */
export async function rowsOf(
  entry: JobEntry,
  progress: JobProgress | undefined,
  question: z.infer<typeof listRows.question>,
): Promise<Record<string, unknown>[]> {
  if (progress === undefined || progress.rows === null) {
    throw new UserError(`Job ${entry.id} has no rows yet: its dataset has not been read.`);
  }
  await using rows = await PreparedRows.open(entry.spec.workFolder);
  using results = await openResultLines(entry.spec.workFolder, progress.parts, progress.run, rows.count);
  const found: Record<string, unknown>[] = [];
  let bytes = 0;
  for (let row = question.from; row < rows.count && found.length < question.limit; row += 1) {
    const result = results.of(row);
    if (question.failed && (result === undefined || result.ok)) continue;
    const value = await rows.readAt(row);
    const state = result === undefined ? "pending" : result.ok ? "done" : "failed";
    const shown = {
      row,
      state,
      ...(isBad(value) ? {} : value),
      ...(result === undefined ? {} : JSON.parse(result.line.toString())),
    };
    bytes += JSON.stringify(shown).length;
    if (bytes > ANSWER_BYTES && found.length > 0) break;
    found.push(shown);
  }
  return found;
}
