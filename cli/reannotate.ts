import { changeJob, type JobView, showJob } from "../shared/contracts/jobs-api.ts";
import { EXIT, UserError } from "../shared/errors.ts";
import { checkHere, checkKeyHere, checkThere } from "./check-annotator.ts";
import type { CliConfig } from "./config.ts";
import { followJob } from "./follow-job.ts";
import { type Interrupt, Interrupted } from "./interrupt.ts";
import { estimateLine, estimateQuickly } from "./job-estimate.ts";
import type { TypedJob } from "./job-message.ts";
import { exitCodeOf, jobObject, showSummary, type WaysOn } from "./job-report.ts";
import { pause } from "./pause.ts";
import { openProgressView, type ProgressView } from "./progress-view.ts";
import { openSession, type Session } from "./session.ts";
import { submit } from "./submit.ts";
import { homeAt } from "./supervisor/home.ts";
import { runningState } from "./supervisor/state.ts";
import { type System, startSystem } from "./supervisor/system.ts";
import { print, printJson, tell, typedCommand } from "./terminal.ts";

export interface ReannotateFlags {
  detach?: boolean;
  json?: boolean;
  simulator?: boolean;
  loggingLevel?: string;
  annotators?: string;
}

const STOP_PATIENCE = { answerMs: 2000, totalMs: 2000 };

/** One run of the command. */
interface Run {
  typed: TypedJob;
  flags: ReannotateFlags;
  config: CliConfig;
  /** Registry of further annotators. */
  file: string | undefined;
  progress: ProgressView;
  interrupt: Interrupt;
  argv: readonly string[];
  /** What is known of the job so far. */
  job: string | undefined;
  view: JobView | undefined;
  session: Session | undefined;
  started: Promise<System> | undefined;
}

/**
 * Submits a job and follows it to its end, with the system that runs or with one brought up for it.
 * @returns the exit code
 */
export async function reannotate(
  typed: TypedJob,
  flags: ReannotateFlags,
  config: CliConfig,
  file: string | undefined,
  interrupt: Interrupt,
  argv: readonly string[],
): Promise<number> {
  const progress = openProgressView();
  const none = { job: undefined, view: undefined, session: undefined, started: undefined };
  const run: Run = { typed, flags, config, file, progress, interrupt, argv, ...none };
  try {
    const stopped = interrupt.requested.then(() => Promise.reject(new Interrupted()));
    return await Promise.race([work(run), stopped]);
  } catch (error) {
    progress.end();
    if (error instanceof Interrupted) return await afterInterrupt(run);
    throw error;
  } finally {
    await run.session?.close();
    await run.started?.then((system) => system.stop()).catch(() => {});
  }
}

async function work(run: Run): Promise<number> {
  const { flags, config, progress } = run;
  refuseOtherSystem(run);
  const session = await openSession(config, () => start(run));
  run.session = session;
  const baseUrl = await checkThere(session, run.typed.values.annotator, run.file, config);
  if (!session.own && baseUrl?.startsWith("http://127.0.0.1")) progress.note(`Calls go to ${baseUrl}.`);
  const { job, note } = await submit(session, run.typed);
  run.job = job;
  if (flags.detach) {
    if (flags.json) printJson({ job, state: (await session.ask(showJob, { job })).job.state });
    else print(`Job ${job} is submitted. To watch it: assay jobs watch ${job}`);
    return EXIT.done;
  }
  if (!flags.json) progress.note(`Job ${job}${note === null ? "" : `: ${note}`}`);
  if (note === null && !flags.json) void noteEstimate(run);
  const view = await followJob(
    session,
    job,
    { ...progress, show: (seen) => show(run, seen) },
    run.interrupt.signal,
  );
  if (run.interrupt.wanted()) throw new Interrupted();
  progress.end();
  if (flags.json) printJson(jobObject(view));
  if (!flags.json || exitCodeOf(view) > EXIT.doneWithFailures) showSummary(view, waysOn(run));
  return exitCodeOf(view);
}

function show(run: Run, view: JobView): void {
  run.view = view;
  run.progress.show(view);
}

/** Before anything is asked of it: a running system that is not what the flags want. */
function refuseOtherSystem({ config, flags, file }: Run): void {
  const state = config.natsUrl === undefined ? runningState(homeAt(config.home)) : undefined;
  if (state === undefined) return;
  const wayOut = "run `assay down` first, and this command brings up its own";
  if (flags.simulator && !state.services.some((service) => service.name === "openai-simulator")) {
    throw new UserError(`The running system has no simulator: ${wayOut}.`, { exitCode: EXIT.couldNotRun });
  }
  if (flags.annotators !== undefined && state.annotators !== file) {
    const has = state.annotators ?? "no file of annotators";
    throw new UserError(`The running system has ${has}, not ${file}: ${wayOut}.`, {
      exitCode: EXIT.couldNotRun,
    });
  }
}

/** Brings up a system for this job. What is wrong with the job is said before. */
async function start(run: Run): Promise<System> {
  const { typed, flags, config, file, progress } = run;
  if (run.interrupt.wanted()) throw new Interrupted();
  const annotator = checkHere(typed, file, config);
  if (!flags.simulator) checkKeyHere(annotator);
  if (run.started === undefined) progress.note("Starting a broker and the services for this job ...");
  run.started = startSystem({
    home: homeAt(config.home),
    dataRoot: process.cwd(),
    replicas: {},
    port: null,
    simulator: flags.simulator ?? false,
    annotators: file,
    logLevel: flags.loggingLevel,
    forOneJob: true,
    said: (line) => {
      if (!/ is ready /.test(line)) progress.note(line);
    },
  });
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
  const { typed, config, file } = run;
  const rows = (async () => {
    while (run.view?.rows == null) await pause(100, run.interrupt.signal);
    return run.view.rows;
  })();
  try {
    const annotator = checkHere(typed, file, config);
    const estimate = await estimateQuickly(typed, annotator, rows);
    if (run.view?.state === "running") run.progress.note(estimateLine(estimate));
  } catch {
    // An estimate is a courtesy: what is wrong with the job is said by the job.
  }
}

/** With a system of its own the job stops with it; else only the view ends. */
async function afterInterrupt(run: Run): Promise<number> {
  const { flags, job, view, session, progress } = run;
  const own = session?.own ?? run.started !== undefined;
  run.interrupt.again(() => void run.started?.then((system) => system.hurry()));
  if (own) {
    progress.note("Stopping; once more Ctrl-C stops at once.");
    // A later command's system must not go on with a job that its user stopped.
    if (job !== undefined)
      await session?.ask(changeJob, { job, change: "pause" }, STOP_PATIENCE).catch(() => {});
  }
  await session?.close();
  await run.started?.then((system) => system.stop()).catch(() => {});
  if (flags.json && view) printJson(jobObject(view));
  const through = view?.rows ? ` after ${view.done} of ${view.rows} rows, which are kept` : "";
  if (own || job === undefined) tell(`Interrupted${through}. To go on: ${waysOn(run).resume}`);
  else tell(`Job ${job} goes on. To watch it: assay jobs watch ${job}`);
  return EXIT.interrupted;
}

function waysOn({ argv, job, session }: Run): WaysOn {
  const again = argv.filter((word) => !/^--(resume|retry[-_]failed|overwrite)$/.test(word));
  return {
    resume: session?.own || job === undefined ? typedCommand(again) : `assay jobs resume ${job}`,
    retry: typedCommand(again, "--retry-failed"),
  };
}
