import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import type { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { AtomicFile, unwritable } from "../../../shared/datasets/writing/atomic-file.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { checkDataset } from "../../../tools/batch-watch/outcomes/check-dataset.ts";
import type { Outcomes } from "../../../tools/batch-watch/outcomes/outcomes.ts";
import { rebuildRequests } from "../../../tools/batch-watch/planning/rebuild-requests.ts";
import { batchDuration } from "../../../tools/batch-watch/showing/batch-durations.ts";
import { completionChart } from "../../../tools/batch-watch/showing/completion-chart.ts";
import { watchBatches } from "../../../tools/batch-watch/watching/watch-batches.ts";
import { WatchState } from "../../../tools/batch-watch/watching/watch-state.ts";
import { prepareRows } from "../../estimate/prepared-sample.ts";
import { requestOf, rowsToRead } from "../../reannotate/reannotate-message.ts";
import { tryLock } from "../../supervisor/lock.ts";
import { counted } from "../../view/amounts.ts";
import { tell } from "../../view/terminal.ts";
import { interruptible } from "../interruptible.ts";
import { withProvider } from "../provider.ts";
import { type WatchFlags, type WatchPace, watchPace } from "./watch-flags.ts";
import { writeOutputs } from "./watch-outputs.ts";
import { type WatchPlan, watchPlan } from "./watch-plan.ts";
import { showWatched } from "./watch-report.ts";
import { writeRows } from "./watch-rows.ts";
import { openLiveLine, watchLine } from "./watch-view.ts";

/** Watches batches to their end, sends again what has no answer, and writes all results. @returns the exit code */
export async function watch(flags: WatchFlags): Promise<number> {
  const pace = watchPace(flags);
  const plan = await watchPlan(flags);
  using _ = await lock(plan.folder);
  const state = await WatchState.open(plan.folder, plan.roots, plan.dataset !== undefined);
  const line = openLiveLine();
  const run = async (api: BatchApi, signal: AbortSignal) => {
    await using rows = await openRows(plan, signal);
    if (rows !== undefined) await check(api, plan, rows, pace, line.note, signal);
    const { dataset, uploaded } = plan;
    await watchBatches({
      ...{ api, state, uploaded, signal, ...pace },
      merged: plan.targets.kind === "merged",
      rebuild:
        rows && ((wanted) => rebuildRequests(rows, requestOf(dataset!.typed, dataset!.annotator), wanted)),
      note: line.note,
      onRound: (latest) => line.show(watchLine(state, latest)),
    });
    line.end();
    refuseUnknown(state, flags);
    return await finish(plan, state, rows, signal);
  };
  const kept = () => {
    line.end();
    const collected = state.batches().filter(({ results }) => results !== null).length;
    return `the results of ${counted(collected, "batch", "batches")} are kept in ${plan.folder}, and the same command goes on from there`;
  };
  return await withProvider(
    (api) => interruptible((signal) => run(api, signal), kept),
    plan.dataset?.annotator,
  );
}

async function openRows(
  { dataset, folder }: WatchPlan,
  signal: AbortSignal,
): Promise<PreparedRows | undefined> {
  return dataset && (await prepareRows(rowsToRead(dataset.typed), join(folder, "dataset"), signal));
}

async function check(
  api: BatchApi,
  { roots }: WatchPlan,
  rows: PreparedRows,
  { policy }: WatchPace,
  note: (sentence: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const doubt = await checkDataset(api, roots[0]!, rows, signal);
  if (doubt === undefined) return;
  if (policy.kinds.has("missing"))
    throw new UserError(`${doubt} Rows that stand in none of the batches are not sent in doubt.`);
  note(doubt);
}

/** @throws UserError where there is nothing to write, so that no file of an earlier watch is replaced */
function refuseUnknown(state: WatchState, { batchObjectsFile, batchReport }: WatchFlags): void {
  if (!state.batches().every(({ unknown }) => unknown)) return;
  throw new UserError(
    `None of the batches that ${batchObjectsFile ?? batchReport} names is known to the provider with this key: check the file, and whose key it is. Nothing was written.`,
  );
}

async function finish(
  { flags, targets, dataset }: WatchPlan,
  state: WatchState,
  rows: PreparedRows | undefined,
  signal: AbortSignal,
): Promise<number> {
  const join = async (outcomes: Outcomes) =>
    await writeRows(outcomes, rows!, dataset!.typed, dataset!.annotator, dataset!.from);
  const written = await writeOutputs(state, targets, rows && join, signal);
  if (flags.plot !== undefined) await plot(flags.plot, state);
  return showWatched(state, written, flags);
}

async function plot(path: string, state: WatchState): Promise<void> {
  const times = state.batches().flatMap(({ ended }) => (ended && batchDuration(ended)) ?? []);
  if (times.length === 0) return tell("No batch has ended, so that there is nothing to draw.");
  await using file = await AtomicFile.create(path);
  file.append(completionChart(times));
  await file.commit();
}

async function lock(folder: string): Promise<Disposable> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw unwritable(folder, cause);
  });
  const held = tryLock(join(folder, "lock"), "set --temp_dir to a folder on a local disk of yours");
  if (held) return { [Symbol.dispose]: held.release };
  const sentence = `These batches are being watched already, by another command that works in ${folder}.`;
  throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
}
