import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { UserError } from "../../../shared/errors.ts";
import { readBatchObjects } from "../../../tools/batch-watch/showing/batch-objects.ts";
import { readBatchReport } from "../../../tools/batch-watch/showing/batch-report.ts";
import { readCliConfig } from "../../config.ts";
import { registryHere } from "../../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../../flags/find-annotators-file.ts";
import { requestOf, type TypedReannotation, typedReannotation } from "../../reannotate/reannotate-message.ts";
import type { WatchFlags } from "./watch-flags.ts";
import { type MadeOf, refuseOtherOutput } from "./watch-rows.ts";
import { shardsOf, type Targets } from "./watch-targets.ts";

const TEMP_DIR = "datasets/temp";

/** What is watched, and what is made of it. */
export interface WatchPlan {
  flags: WatchFlags;
  roots: string[];
  /** Request files on this disk, by batch. */
  uploaded: Map<string, string>;
  targets: Targets;
  folder: string;
  /** Where the answers are joined with a dataset. */
  dataset: { typed: TypedReannotation; annotator: Annotator; from: MadeOf } | undefined;
}

/** @throws UserError for flags and files that do not fit together */
export async function watchPlan(flags: WatchFlags): Promise<WatchPlan> {
  const { batchObjectsFile, batchReport } = flags;
  if ((batchObjectsFile === undefined) === (batchReport === undefined)) {
    throw new UserError("Name the batches by one of --batch_objects_file FILE and --batch_report FILE.");
  }
  const dataset = await datasetOf(flags);
  const given =
    batchObjectsFile === undefined ? await fromReport(flags) : await fromObjects(batchObjectsFile, flags);
  const batches = digest(given.roots);
  const folder = resolve(String(flags.tempDir ?? TEMP_DIR), `batch-watch-${batches}`);
  if (dataset === undefined) return { flags, folder, dataset, ...given };
  const from = { batch_objects_file: resolve(batchObjectsFile!), batches };
  await refuseOtherOutput(dataset.typed, from);
  return { flags, folder, dataset: { ...dataset, from }, ...given };
}

async function fromObjects(path: string, { outputFile, errorFile, outputDir }: WatchFlags) {
  if (outputDir !== undefined)
    throw new UserError("--output_dir goes with --batch_report: give --output_file and --error_file here.");
  const [output, errors] = [outputFile ?? "batch_results.jsonl", errorFile ?? "batch_errors.jsonl"];
  for (const [name, file] of Object.entries({ output_file: output, error_file: errors })) {
    if (resolve(file) === resolve(path))
      throw new UserError(`--${name} is the input file ${path}: give another name.`);
  }
  if (resolve(output) === resolve(errors))
    throw new UserError(`--output_file and --error_file are both ${output}: give two names.`);
  const targets: Targets = { kind: "merged", output, errors };
  return { roots: await readBatchObjects(path), uploaded: new Map<string, string>(), targets };
}

async function fromReport({ batchReport, outputDir, outputFile, errorFile, dataset }: WatchFlags) {
  if (outputDir === undefined || outputDir === "")
    throw new UserError("--output_dir is missing: name the folder that the results of each shard go to.");
  if (outputFile !== undefined || errorFile !== undefined || dataset !== undefined)
    throw new UserError(
      "--batch_report goes with --output_dir alone: its shards are written each for itself, and joined with no dataset.",
    );
  const rows = await readBatchReport(batchReport!);
  const targets: Targets = { kind: "shards", shards: shardsOf(rows, outputDir) };
  const files = rows.filter((row) => row.local_filepath !== "");
  const uploaded = new Map(files.map((row) => [row.id, row.local_filepath]));
  return { roots: rows.map(({ id }) => id), uploaded, targets };
}

async function datasetOf(
  flags: WatchFlags,
): Promise<Omit<NonNullable<WatchPlan["dataset"]>, "from"> | undefined> {
  const { dataset, annotator } = flags;
  if (dataset === undefined && annotator === undefined) return undefined;
  if (dataset === undefined || annotator === undefined) {
    const missing = dataset === undefined ? "--dataset" : "--annotator";
    throw new UserError(`${missing} is missing: answers are joined with a dataset where both are given.`);
  }
  const typed = await typedReannotation(flags, false);
  const config = readCliConfig();
  const registry = registryHere(findAnnotatorsFile(config, flags.annotators), config);
  const model = registry.resolve(typed.values.annotator);
  requestOf(typed, model);
  // Rows that cannot be asked were asked by nobody: they are listed, and stop nothing.
  return { typed: { ...typed, values: { ...typed.values, skip_bad_rows: true } }, annotator: model };
}

/** Batches are known by their ids, wherever the file that names them lies. */
function digest(roots: readonly string[]): string {
  return createHash("sha256").update(roots.toSorted().join("\n")).digest("hex").slice(0, 12);
}
