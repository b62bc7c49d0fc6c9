import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { paramsInForce, samplingInForce } from "../../../shared/annotators/sampling-in-force.ts";
import { creationDate } from "../../../shared/completions/creation-date.ts";
import { writeReannotated } from "../../../shared/completions/write-reannotated.ts";
import { samplingOf } from "../../../shared/contracts/messages/reannotate-message.ts";
import { givenNames } from "../../../shared/contracts/messages/sampling.ts";
import { datasetName } from "../../../shared/datasets/finding/resolve-dataset.ts";
import type { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { UserError } from "../../../shared/errors.ts";
import { providerOf } from "../../../shared/providers/providers.ts";
import { readYaml } from "../../../shared/yaml/read-yaml.ts";
import { isRowNumber } from "../../../tools/batch-watch/lines/id-numbers.ts";
import type { Outcomes } from "../../../tools/batch-watch/outcomes/outcomes.ts";
import { rowOutcome } from "../../../tools/batch-watch/outcomes/row-outcome.ts";
import type { TypedReannotation } from "../../reannotate/reannotate-message.ts";

export interface WrittenRows {
  output: string;
  rows: number;
  /** Rows without an answer that can be used. */
  failed: number;
  /** Requests whose custom_id is no row of the dataset. */
  strangers: number;
}

/** What the answers are made of, in config.yaml: the file that names the batches, and a digest of their ids. */
export interface MadeOf {
  batch_objects_file: string;
  batches: string;
}

/** Where the outputs go. */
function outputFolder({ values, source, message }: TypedReannotation): string {
  return join(String(message.save_dir), `${datasetName(source!)}_${values.annotator.replaceAll("/", "_")}`);
}

/** @throws UserError where the folder holds what was made of something else, and nobody said that it may go */
export async function refuseOtherOutput(typed: TypedReannotation, from: MadeOf): Promise<void> {
  const folder = outputFolder(typed);
  const path = join(folder, "config.yaml");
  const config = await readFile(path, "utf8").catch(() => undefined);
  if (config === undefined || typed.values.overwrite) return;
  const params = (readYaml(config, path).value as { params?: Partial<MadeOf> } | null)?.params ?? {};
  if (params.batches === from.batches || params.batch_objects_file === from.batch_objects_file) return;
  throw new UserError(
    `${folder} holds a result that was made of something else: choose another --save_dir, or --overwrite to replace it.`,
  );
}

/** Writes the outputs of a re-annotation from the answers. */
export async function writeRows(
  outcomes: Outcomes,
  rows: PreparedRows,
  typed: TypedReannotation,
  annotator: Annotator,
  from: MadeOf,
): Promise<WrittenRows> {
  const { values, source } = typed;
  const { retry_failed: _, overwrite: __, ...params } = values;
  const sampling = samplingInForce(annotator, samplingOf(values), givenNames(typed.message));
  const { model, baseUrl } = annotator;
  const provider = providerOf(annotator);
  const reading = { model, invalidFinishReasons: values.invalid_finish_reasons, provider };
  const dataset = source!.kind === "file" ? source!.path : source!.repo;
  const written = await writeReannotated({
    rows,
    outcomeOf: (row) => rowOutcome(row, outcomes.of(String(row)), reading),
    outputFolder: outputFolder(typed),
    format: values.format,
    partial: false,
    config: {
      uuid: randomUUID(),
      creation_date: creationDate(new Date().toISOString()),
      params: { ...paramsInForce(params, sampling), dataset, ...from },
      endpoint: baseUrl,
    },
  });
  let strangers = 0;
  for (const id of outcomes.ids()) if (!isRowNumber(id) || Number(id) >= rows.count) strangers += 1;
  return { ...written, strangers };
}
