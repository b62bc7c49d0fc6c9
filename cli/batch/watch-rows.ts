import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isRowNumber } from "../../shared/batch-watch/id-numbers.ts";
import type { Outcomes } from "../../shared/batch-watch/outcomes.ts";
import { rowOutcome } from "../../shared/batch-watch/row-outcome.ts";
import { creationDate } from "../../shared/completions/creation-date.ts";
import { writeReannotated } from "../../shared/completions/write-reannotated.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { datasetName } from "../../shared/datasets/resolve-dataset.ts";
import type { TypedJob } from "../job-message.ts";

export interface WrittenRows {
  output: string;
  rows: number;
  /** Rows without an answer that can be used. */
  failed: number;
  /** Requests whose custom_id is no row of the dataset. */
  strangers: number;
}

/** Writes the outputs of a re-annotation from the answers. */
export async function writeRows(
  outcomes: Outcomes,
  rows: PreparedRows,
  { values, source, message }: TypedJob,
  model: string,
  source_of_batches: Record<string, string>,
): Promise<WrittenRows> {
  const { retry_failed: _, overwrite: __, ...params } = values;
  const reading = { model, invalidFinishReasons: values.invalid_finish_reasons };
  const name = `${datasetName(source!)}_${values.annotator.replaceAll("/", "_")}`;
  const written = await writeReannotated({
    rows,
    outcomeOf: (row) => rowOutcome(row, outcomes.of(String(row)), reading),
    outputFolder: join(String(message.save_dir), name),
    format: values.format,
    partial: false,
    config: {
      uuid: randomUUID(),
      creation_date: creationDate(new Date().toISOString()),
      params: {
        ...params,
        dataset: source!.kind === "file" ? source!.path : source!.repo,
        ...source_of_batches,
      },
    },
  });
  let strangers = 0;
  for (const id of outcomes.ids()) if (!isRowNumber(id) || Number(id) >= rows.count) strangers += 1;
  return { ...written, strangers };
}
