import { changeJob, type JobView, showJob } from "../../shared/contracts/jobs-api.ts";
import { EXIT } from "../../shared/errors.ts";
import { pause } from "../../shared/timing/pause.ts";
import { upDetached } from "../commands/up.ts";
import type { CliConfig } from "../config.ts";
import { estimateLine } from "../estimate/show-estimate.ts";
import { checkKeysHere, checkThere, registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { homeAt } from "../supervisor/home.ts";
import { runningState } from "../supervisor/state.ts";
import type { System } from "../supervisor/system.ts";
import {
  refuseOtherSystem,
  refusePassingSystem,
  type SystemWanted,
  startOwnSystem,
} from "../system/own-system.ts";
import { levelOf, type RunFlags } from "../system/run-flags.ts";
import { count } from "../view/amounts.ts";
import { exitCodeOf, jobObject, showSummary, type WaysOn } from "../view/job-report.ts";
import { openProgressView, type ProgressView } from "../view/progress-view.ts";
import { print, printJson, tell, typedCommand } from "../view/terminal.ts";
import { firstFailure } from "./first-failure.ts";
import { followJob } from "./follow-job.ts";
import { type Interrupt, Interrupted, onInterrupt } from "./interrupt.ts";
import type { JobToRun } from "./job-to-run.ts";
import { openSession, type Session } from "./session.ts";
import { submit } from "./submit.ts";

const STOP_PATIENCE = { answerMs: 2000, totalMs: 2000 };

/** One run of the command. */
interface Run extends SystemWanted {
  job: JobToRun;
  progress: ProgressView;
  interrupt: Interrupt;
  argv: readonly string[];
  /** What is known of the job so far. */
  id: string | undefined;
  view: JobView | undefined;
  session: Session | undefined;
  started: Promise<System> | undefined;
  estimating: Promise<void> | undefined;
  /** Aborts when the command ends: nobody wants the estimate any more. */
  over: AbortController;
}

/**
 * Submits a job and follows it to its end, with the system that runs or with one brought up for it.
 * @param argv what was typed, for saying how to go on
 * @returns the exit code
 */
export async function runJob(
  job: JobToRun,
  flags: RunFlags,
  config: CliConfig,
  argv: readonly string[],
): Promise<number> {
  // A wrong level is said before anything is started.
  levelOf(flags);
  const file = findAnnotatorsFile(config, flags.annotators);
  if (flags.detach) refusePassingSystem(config);
  if (flags.detach && config.natsUrl === undefined && !runningState(homeAt(config.home))) {
    const { annotators, simulator } = flags;
    await upDetached({ ...(annotators && { annotators }), ...(simulator && { simulator }) });
  }
  const none = { id: undefined, view: undefined, session: undefined, started: undefined };
  const estimate = { estimating: undefined, over: new AbortController() };
  const [progress, interrupt] = [openProgressView(), onInterrupt()];
  const run: Run = { job, flags, config, file, progress, interrupt, argv, ...none, ...estimate };
  try {
    const stopped = interrupt.requested.then(() => Promise.reject(new Interrupted()));
    return await Promise.race([work(run), stopped]);
  } catch (error) {
    progress.end();
    if (error instanceof Interrupted) return await afterInterrupt(run);
    throw error;
  } finally {
    run.over.abort();
    await run.estimating;
    await run.session?.close();
    await run.started?.then((system) => system.stop()).catch(() => {});
  }
}

async function work(run: Run): Promise<number> {
  const { job, flags, config, progress } = run;
  refuseOtherSystem(run);
  const session = await openSession(config, () => start(run));
  run.session = session;
  // With the simulator nobody means the endpoint that this shell names.
  const meant = flags.simulator ? { ...config, openaiBaseUrl: undefined } : config;
  const { baseUrls, faults } = await checkThere(session, job, run.file, meant);
  for (const url of baseUrls) {
    if (!session.own && url.startsWith("http://127.0.0.1")) progress.note(`Calls go to ${url}.`);
  }
  for (const fault of faults) progress.note(`Warning: ${fault}`);
  const { job: id, note } = await submit(session, job);
  run.id = id;
  if (flags.detach) {
    if (flags.json) printJson({ job: id, state: (await session.ask(showJob, { job: id })).job.state });
    else print(`Job ${id} is submitted. To watch it: assay jobs watch ${id}`);
    return EXIT.done;
  }
  if (!flags.json) progress.note(`Job ${id}${note === null ? "" : `: ${note}`}`);
  if (note === null && !flags.json) run.estimating = noteEstimate(run);
  let told = false;
  const show = (seen: JobView) => {
    run.view = seen;
    if (run.interrupt.wanted()) return;
    const watch = told || flags.json ? undefined : job.watchCommand?.(seen, run.argv);
    if (watch !== undefined) {
      told = true;
      progress.note(`Its batches can be watched without this system, too: ${watch}`);
    }
    progress.show(seen);
  };
  const view = await followJob(session, id, { ...progress, show }, run.interrupt.signal);
  if (run.interrupt.wanted()) throw new Interrupted();
  progress.end();
  if (flags.json) printJson(jobObject(view));
  if (!flags.json || exitCodeOf(view) > EXIT.doneWithFailures)
    showSummary(view, waysOn(run), await firstFailure(session, view));
  return exitCodeOf(view);
}

/** Brings up a system for this job. What is wrong with the job is said before. */
async function start(run: Run): Promise<System> {
  const { job, flags, config, file, progress } = run;
  if (run.interrupt.wanted()) throw new Interrupted();
  const registry = registryHere(file, config);
  job.check(registry);
  if (!flags.simulator) checkKeysHere(registry, job.annotators);
  if (run.started === undefined) progress.note("Starting a broker and the services for this job ...");
  run.started = startOwnSystem(run, progress.note);
  const system = await run.started;
  try {
    await system.ready;
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

/** Says what the job will cost as soon as its rows are known; it does not wait for that. */
async function noteEstimate(run: Run): Promise<void> {
  const { job, config, file } = run;
  const { signal } = run.over;
  const rows = (async () => {
    while (run.view?.rows == null) {
      await pause(100, signal);
      signal.throwIfAborted();
    }
    return run.view.rows;
  })();
  // It may fail before anybody waits for it.
  rows.catch(() => {});
  try {
    const estimates = await job.estimate?.(registryHere(file, config), rows, signal);
    // A later run asks only what earlier ones left; how much that is nobody has counted.
    const whole = run.view?.run === 1 || job.message.overwrite === true;
    if (estimates && whole && run.view?.state === "running") run.progress.note(estimateLine(estimates));
  } catch {
    // An estimate is a courtesy: what is wrong with the job is said by the job.
  }
}

/** With a system of its own the job stops with it; else only the view ends. */
async function afterInterrupt(run: Run): Promise<number> {
  const { flags, id, view, session, progress } = run;
  const own = session?.own ?? run.started !== undefined;
  run.interrupt.again(() => void run.started?.then((system) => system.hurry()));
  if (own) {
    progress.note("Stopping; once more Ctrl-C stops at once.");
    // A later command's system must not go on with a job that its user stopped.
    if (id !== undefined)
      await session?.ask(changeJob, { job: id, change: "pause" }, STOP_PATIENCE).catch(() => {});
  }
  await session?.close();
  await run.started?.then((system) => system.stop()).catch(() => {});
  if (flags.json && view) printJson(jobObject(view));
  const through = view?.done
    ? ` after ${count(view.done)} of ${count(view.rows ?? 0)} rows, which are kept`
    : "";
  if (own || id === undefined) tell(`Interrupted${through}. To go on: ${waysOn(run).resume}`);
  else tell(`Job ${id} goes on. To watch it: assay jobs watch ${id}`);
  return EXIT.interrupted;
}

function waysOn({ argv, id, session }: Run): WaysOn {
  const again = argv.filter((word) => !/^--(resume|retry[-_]failed|overwrite)$/.test(word));
  return {
    resume: session?.own || id === undefined ? typedCommand(again) : `assay jobs resume ${id}`,
    retry: typedCommand(again, "--retry-failed"),
  };
}
