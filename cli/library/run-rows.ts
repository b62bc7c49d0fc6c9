import { rowsKindNamed } from "../../services/coordinator/kinds/job-kinds.ts";
import { refuseIfNoneCan } from "../../shared/annotators/call.ts";
import { ENDED } from "../../shared/contracts/job-entry.ts";
import { changeJob, type JobView, listRows, showJob } from "../../shared/contracts/jobs-api.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { useProxies } from "../../shared/runtime/process/proxies.ts";
import { pause } from "../../shared/timing/pause.ts";
import { readCliConfig } from "../config.ts";
import { checkKeysHere, checkThere, registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { openSession, type Session } from "../jobs/session.ts";
import { submit } from "../jobs/submit.ts";
import type { System } from "../supervisor/system.ts";
import { refuseOtherSystem, startOwnSystem } from "../system/own-system.ts";
import type { RunOptions } from "./row-out.ts";

/** A row as a coordinator shows it: its number, its state, its prompt, and its answer or the reason why it has none. */
export type ShownRow = Record<string, unknown> & { row: number; state: "pending" | "done" | "failed" };
/** @param step of a job that consists of jobs: whose row it is */
export interface JobRow {
  step: string | null;
  shown: ShownRow;
}

const LOOK_EVERY_MS = 300;
const PAGE_ROWS = 500;
const PATIENCE = { answerMs: 10_000, totalMs: 60_000 };

/** Jobs that are run one after another through the same system. */
export interface Runs extends AsyncDisposable {
  /**
   * Runs a job and gives its rows as they finish. Who stops iterating pauses the job.
   * @param message fields by their long flag names, paths absolute
   * @throws UserError where it is refused, fails, or pauses itself
   */
  rows(kind: string, message: Record<string, unknown>): AsyncGenerator<JobRow>;
}

/** The system is the one that runs here, or one that is brought up for the first job and taken down at the end. */
export function openRuns(options: RunOptions): Runs {
  let session: Session | undefined;
  return {
    async *rows(kind, message) {
      session ??= await sessionFor(kind, message, options);
      const { job } = await submit(session, { kind, message });
      yield* rowsOfJob(session, job, options);
    },
    [Symbol.asyncDispose]: async () => await session?.close(),
  };
}

/** Where the job can be run, which is checked before a system is brought up for it. @throws UserError */
async function sessionFor(
  kind: string,
  message: Record<string, unknown>,
  options: RunOptions,
): Promise<Session> {
  await useProxies();
  const config = readCliConfig();
  const file = findAnnotatorsFile(config, options.annotators);
  const { simulator = false, annotators } = options;
  const wanted = { config, flags: { simulator, ...(annotators && { annotators }) }, file };
  refuseOtherSystem(wanted);
  const { calls } = rowsKindNamed(kind).stage.check(message);
  const names = [...new Set(calls.map(({ annotator }) => annotator))];
  const start = async (): Promise<System> => {
    const registry = registryHere(file, config);
    refuseIfNoneCan(calls, registry);
    if (!simulator) checkKeysHere(registry, names);
    const system = await startOwnSystem(wanted, options.onNote ?? (() => {}));
    await system.ready.catch(async (error: unknown) => {
      await system.stop();
      throw error;
    });
    return system;
  };
  const session = await openSession(config, start);
  try {
    const meant = simulator ? { ...config, openaiBaseUrl: undefined } : config;
    await checkThere(session, { annotators: names }, file, meant);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function* rowsOfJob(session: Session, job: string, options: RunOptions): AsyncGenerator<JobRow> {
  const seen = new Map<string, SeenRows>();
  let isOver = false;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { job: view } = await session.ask(showJob, { job }, PATIENCE);
      options.onProgress?.(view);
      const settled = ENDED.has(view.state) || view.state === "paused";
      for (const part of partsOf(view)) {
        const of = seen.get(part.job) ?? { next: 0, ahead: new Set() };
        seen.set(part.job, of);
        for await (const shown of freshRows(session, part, of)) yield { step: part.step, shown };
      }
      if (settled) {
        isOver = true;
        if (/^completed/.test(view.state)) return;
        throw stopped(view);
      }
      await pause(LOOK_EVERY_MS, options.signal);
    }
  } finally {
    if (!isOver) await session.ask(changeJob, { job, change: "pause" }, PATIENCE).catch(() => {});
  }
}

/** Rows below `next` were given, and those of `ahead`. */
interface SeenRows {
  next: number;
  ahead: Set<number>;
}

interface Part {
  job: string;
  step: string | null;
  rows: number;
}

/** The jobs that have rows: the steps of one that consists of jobs, else it itself. */
function partsOf({ job, rows, steps }: JobView): Part[] {
  if (steps === null) return rows === null ? [] : [{ job, step: null, rows }];
  return steps.flatMap((step) =>
    step.job === null || step.rows === null ? [] : [{ job: step.job, step: step.name, rows: step.rows }],
  );
}

/** Rows that have an outcome and were not given before. Behind a page of which none has one, none is looked for. */
async function* freshRows(session: Session, { job, rows }: Part, seen: SeenRows): AsyncGenerator<ShownRow> {
  for (let from = seen.next; from < rows; ) {
    const page = await session.ask(listRows, { job, failed: false, limit: PAGE_ROWS, from }, PATIENCE);
    const shown = page.rows as ShownRow[];
    for (const row of shown) {
      if (row.state === "pending" || seen.ahead.has(row.row)) continue;
      seen.ahead.add(row.row);
      yield row;
    }
    while (seen.ahead.delete(seen.next)) seen.next += 1;
    if (shown.every(({ state }) => state === "pending")) return;
    from = shown.at(-1)!.row + 1;
  }
}

function stopped(view: JobView): UserError {
  const why = view.reason?.message ?? `it is ${view.state}.`;
  const exitCode = view.reason?.code === "bad_input" ? EXIT.badInput : EXIT.couldNotRun;
  return new UserError(`Job ${view.job} did not come to its end: ${why}`, { exitCode });
}
