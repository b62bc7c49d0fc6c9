import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import type { BatchApi } from "../../shared/batch-api/batch-api.ts";
import { readBatchObjects } from "../../shared/batch-watch/batch-objects.ts";
import { readBatchReport } from "../../shared/batch-watch/batch-report.ts";
import { checkDataset } from "../../shared/batch-watch/check-dataset.ts";
import { completionChart } from "../../shared/batch-watch/completion-chart.ts";
import { completionTime } from "../../shared/batch-watch/completion-times.ts";
import { rebuildRequests } from "../../shared/batch-watch/rebuild-requests.ts";
import { watchBatches } from "../../shared/batch-watch/watch-batches.ts";
import { WatchState } from "../../shared/batch-watch/watch-state.ts";
import { AtomicFile } from "../../shared/datasets/atomic-file.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { count } from "../amounts.ts";
import { registryHere } from "../check-annotator.ts";
import { readCliConfig } from "../config.ts";
import { findAnnotatorsFile } from "../find-annotators-file.ts";
import { requestOf, rowsToRead, type TypedJob, typedJob } from "../job-message.ts";
import { prepareRows } from "../prepared-sample.ts";
import { tryLock } from "../supervisor/lock.ts";
import { tell } from "../terminal.ts";
import { interruptible } from "./interruptible.ts";
import { withProvider } from "./provider.ts";
import { type WatchFlags, watchPace } from "./watch-flags.ts";
import { shardsOf, type Targets, writeOutputs, writeRows } from "./watch-outputs.ts";
import { showWatched } from "./watch-report.ts";
import { openLiveLine, watchLine } from "./watch-view.ts";

const TEMP_DIR = "datasets/temp";

/** What is watched, and what is made of it. */
interface Plan {
  flags: WatchFlags;
  roots: string[];
  /** Request files on this disk, by batch. */
  uploaded: Map<string, string>;
  targets: Targets;
  folder: string;
  /** Where the answers are joined with a dataset. */
  dataset: { typed: TypedJob; annotator: Annotator } | undefined;
}

/** Watches batches to their end, sends again what has no answer, and writes all results. @returns the exit code */
export async function watch(flags: WatchFlags): Promise<number> {
  const pace = watchPace(flags);
  const plan = await planOf(flags);
  using _ = await lock(plan.folder);
  const state = await WatchState.open(plan.folder, plan.roots);
  const line = openLiveLine();
  const run = async (api: BatchApi, signal: AbortSignal) => {
    await using rows = await openRows(plan, signal);
    if (rows !== undefined) await check(api, plan, rows, line.note, signal);
    const { dataset, uploaded } = plan;
    await watchBatches({
      ...{ api, state, uploaded, signal, ...pace },
      rebuild:
        rows && ((wanted) => rebuildRequests(rows, requestOf(dataset!.typed, dataset!.annotator), wanted)),
      note: line.note,
      onRound: (latest) => line.show(watchLine(state, latest)),
    });
    line.end();
    return await finish(plan, state, rows);
  };
  const kept = () => {
    line.end();
    const collected = state.all().filter(({ results }) => results !== null).length;
    return `the results of ${count(collected)} batches are kept in ${plan.folder}, and the same command goes on from there`;
  };
  return await withProvider(
    (api) => interruptible((signal) => run(api, signal), kept),
    plan.dataset?.annotator,
  );
}

async function planOf(flags: WatchFlags): Promise<Plan> {
  const { batchObjectsFile, batchReport } = flags;
  if ((batchObjectsFile === undefined) === (batchReport === undefined)) {
    throw new UserError("Name the batches by one of --batch_objects_file FILE and --batch_report FILE.");
  }
  const dataset = await datasetOf(flags);
  const given =
    batchObjectsFile === undefined ? await fromReport(flags) : await fromObjects(batchObjectsFile, flags);
  const folder = resolve(String(flags.tempDir ?? TEMP_DIR), `batch-watch-${digest(given.roots)}`);
  return { flags, folder, dataset, ...given };
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

async function datasetOf(flags: WatchFlags): Promise<Plan["dataset"]> {
  const { dataset, annotator } = flags;
  if (dataset === undefined && annotator === undefined) return undefined;
  if (dataset === undefined || annotator === undefined) {
    const missing = dataset === undefined ? "--dataset" : "--annotator";
    throw new UserError(`${missing} is missing: answers are joined with a dataset where both are given.`);
  }
  const typed = await typedJob(flags, false);
  const config = readCliConfig();
  const registry = registryHere(findAnnotatorsFile(config, flags.annotators), config);
  const model = registry.resolve(typed.values.annotator);
  requestOf(typed, model);
  // Rows that cannot be asked were asked by nobody: they are listed, and stop nothing.
  return { typed: { ...typed, values: { ...typed.values, skip_bad_rows: true } }, annotator: model };
}

async function openRows({ dataset, folder }: Plan, signal: AbortSignal): Promise<PreparedRows | undefined> {
  return (
    dataset && (await prepareRows(rowsToRead(dataset.typed), undefined, join(folder, "dataset"), signal))
  );
}

async function check(
  api: BatchApi,
  { roots }: Plan,
  rows: PreparedRows,
  note: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const doubt = await checkDataset(api, roots[0]!, rows, signal);
  if (doubt !== undefined) note(doubt);
}

async function finish(plan: Plan, state: WatchState, rows: PreparedRows | undefined): Promise<number> {
  const { flags, targets, dataset } = plan;
  const written = await writeOutputs(state, targets);
  if (rows !== undefined) {
    const from = { batch_objects_file: resolve(flags.batchObjectsFile!) };
    written.reannotated = await writeRows(state, rows, dataset!.typed, dataset!.annotator.model, from);
  }
  if (flags.plot !== undefined) await plot(flags.plot, state);
  return showWatched(state, written, flags);
}

async function plot(path: string, state: WatchState): Promise<void> {
  const times = state.all().flatMap(({ ended }) => (ended && completionTime(ended)) ?? []);
  if (times.length === 0) return tell("No batch has ended, so that there is nothing to draw.");
  await using file = await AtomicFile.create(path);
  file.append(completionChart(times));
  await file.commit();
}

/** Batches are known by their ids, wherever the file that names them lies. */
function digest(roots: readonly string[]): string {
  return createHash("sha256").update(roots.toSorted().join("\n")).digest("hex").slice(0, 12);
}

async function lock(folder: string): Promise<Disposable> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder, { recursive: true });
  const held = tryLock(join(folder, "lock"));
  if (held) return { [Symbol.dispose]: held.release };
  throw new UserError(
    `These batches are being watched already, by another command that works in ${folder}.`,
    {
      exitCode: EXIT.couldNotRun,
    },
  );
}
