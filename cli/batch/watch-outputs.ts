import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { errorsPath } from "../../shared/batch-files/error-lines.ts";
import type { ReportRow } from "../../shared/batch-watch/batch-report.ts";
import { outcomesOf, writeMerged } from "../../shared/batch-watch/merge-results.ts";
import { isRowNumber, type Outcomes } from "../../shared/batch-watch/outcomes.ts";
import { rowOutcome } from "../../shared/batch-watch/row-outcome.ts";
import type { WatchState } from "../../shared/batch-watch/watch-state.ts";
import { creationDate } from "../../shared/completions/creation-date.ts";
import { writeReannotated } from "../../shared/completions/write-reannotated.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { datasetName } from "../../shared/datasets/resolve-dataset.ts";
import { UserError } from "../../shared/errors.ts";
import type { TypedJob } from "../job-message.ts";

/** What a watch has written. */
export interface WatchOutputs {
  answered: number;
  failed: number;
  /** Answers beyond the first of their request. */
  repeated: number;
  files: { path: string; answered: number; errors: string; failed: number }[];
  /** The re-annotation, where a dataset was given. */
  reannotated: WrittenRows | null;
}

interface WrittenRows {
  output: string;
  rows: number;
  /** Rows without an answer that can be used. */
  failed: number;
  /** Requests whose custom_id is no row of the dataset. */
  strangers: number;
}

/** Where the results of one run of a tool go: all in two files, or those of each shard in its own. */
export type Targets =
  | { kind: "merged"; output: string; errors: string }
  | { kind: "shards"; shards: Shard[] };

interface Shard {
  batch: string;
  output: string;
}

/**
 * Where the results of each line of a report go: into the folder, under the name of its shard, or of its request file.
 * @throws UserError where a request file would be overwritten, or two shards have one name
 */
export function shardsOf(rows: readonly ReportRow[], folder: string): Shard[] {
  const taken = new Map<string, string>();
  return rows.map(({ id, shard, local_filepath }) => {
    const given = [shard, local_filepath].find((name) => name !== "" && !/^\d+$/.test(name)) ?? (shard || id);
    const output = join(folder, `${basename(given).replace(/\.jsonl$/, "")}.jsonl`);
    if (local_filepath !== "" && resolve(output) === resolve(local_filepath)) {
      throw new UserError(
        `--output_dir ${folder} holds the request file ${local_filepath}, which the results would overwrite: name another folder.`,
      );
    }
    const other = taken.get(output);
    if (other !== undefined)
      throw new UserError(
        `The batches ${other} and ${id} would both write ${output}: give their shards other names in the report.`,
      );
    taken.set(output, id);
    return { batch: id, output };
  });
}

/** Joins what the watched batches gave, and writes it. */
export async function writeOutputs(state: WatchState, targets: Targets): Promise<WatchOutputs> {
  const written: WatchOutputs = {
    answered: 0,
    failed: 0,
    repeated: 0,
    files: [],
    reannotated: null,
  };
  const write = async (outcomes: Outcomes, output: string, errors: string) => {
    const { answered, failed, repeated } = outcomes;
    await writeMerged(outcomes, output, errors);
    written.answered += answered;
    written.failed += failed;
    written.repeated += repeated;
    written.files.push({ path: output, answered, errors, failed });
  };
  if (targets.kind === "merged") {
    using outcomes = await outcomesOf(state);
    await write(outcomes, targets.output, targets.errors);
    return written;
  }
  for (const { batch, output } of targets.shards) {
    using outcomes = await outcomesOf(state, new Set([batch]));
    await write(outcomes, output, errorsPath(output));
    if (outcomes.failed === 0) await rm(errorsPath(output), { force: true });
  }
  return written;
}

/** Writes the outputs of a re-annotation from the answers. */
export async function writeRows(
  state: WatchState,
  rows: PreparedRows,
  { values, source, message }: TypedJob,
  model: string,
  source_of_batches: Record<string, string>,
): Promise<WrittenRows> {
  using outcomes = await outcomesOf(state);
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
  const strangers = outcomes.ids().filter((id) => !isRowNumber(id) || Number(id) >= rows.count).length;
  return { ...written, strangers };
}
