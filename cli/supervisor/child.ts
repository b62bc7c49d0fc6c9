import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { nextBackOff } from "./back-off.ts";
import { lastSentence, openLogFile, rotateInPlace, tailOf } from "./log-file.ts";
import { identityOf } from "./process-identity.ts";
import type { MemberState } from "./state.ts";

export interface ChildPlan {
  name: string;
  replica: string;
  command: string;
  args: string[];
  folder: string;
  env: Record<string, string | undefined>;
  log: string;
  /** Asked until it says yes; without it the child reports {ready: true, http} over IPC. */
  probe?: { ready: () => Promise<boolean>; http: string | null };
}

export interface ChildEvents {
  /** `state` has changed. */
  changed(): void;
  said(line: string): void;
  /** It ended before it was ready, for the nth time in a row. */
  unable(exitCode: number | null, times: number, sentence: string): void;
}

export interface SupervisedChild {
  readonly state: MemberState;
  /** SIGTERM, after the grace SIGKILL; resolves when the process is gone. Started again it is not. */
  stop(graceMs: number): Promise<void>;
  /** Sends a signal and waits for nothing. */
  endNow(signal: NodeJS.Signals): void;
}

const PROBE_EVERY_MS = 25;
const LOOK_AT_LOG_EVERY_MS = 30_000;

/**
 * Starts a process, in a session of its own, and starts it again whenever it ends, until `stop`.
 *
 * | it is | and becomes | when |
 * |---|---|---|
 * | starting | ready | it says so over IPC, or the probe says so |
 * | starting, ready | waiting | it ends; if it was not ready, that is told |
 * | waiting | starting | the back-off is over: longer after each short life |
 * | any | stopped, for good | `stop` was called, and it is gone |
 */
export function superviseChild(plan: ChildPlan, events: ChildEvents): SupervisedChild {
  const { replica } = plan;
  const state = stateAtFirst(plan);
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let waiting: NodeJS.Timeout | undefined;
  let backOffMs: number | undefined;
  let unready = 0;
  let stopping = false;

  const launch = () => {
    const startedMs = performance.now();
    const logged = statSync(plan.log, { throwIfNoEntry: false })?.size ?? 0;
    const started = spawnInto(plan);
    child = started;
    Object.assign(state, { state: "starting", process: identityOf(started.pid ?? -1) ?? null, http: null });
    events.changed();
    whenReady(started, plan, (http) => {
      if (child !== started || state.state !== "starting" || stopping) return;
      unready = 0;
      Object.assign(state, { state: "ready", http, fault: null });
      events.said(`${replica} is ready (pid ${started.pid}${http === null ? "" : `, ${http}`})`);
      events.changed();
    });
    gone = endOf(started).then((end) => {
      child = undefined;
      Object.assign(state, { process: null, http: null });
      if (stopping) state.state = "stopped";
      else relaunch(end, performance.now() - startedMs, logged);
      events.changed();
    });
  };
  const relaunch = ({ how, code }: End, livedMs: number, logged: number) => {
    const wasReady = state.state === "ready";
    const sentence = lastSentence(tailOf(plan.log, logged)) ?? `it ended ${how}`;
    backOffMs = nextBackOff(backOffMs, livedMs);
    Object.assign(state, { state: "waiting", restarts: state.restarts + 1 });
    state.fault = wasReady ? `ended ${how}` : sentence;
    events.said(`${replica} ended ${how}; it is started again in ${backOffMs / 1000} s`);
    waiting = setTimeout(launch, backOffMs);
    if (!wasReady) events.unable(code, ++unready, sentence);
  };
  const logWatch = setInterval(() => rotateInPlace(plan.log), LOOK_AT_LOG_EVERY_MS).unref();
  launch();
  return {
    state,
    stop: async (graceMs) => {
      stopping = true;
      clearTimeout(waiting);
      clearInterval(logWatch);
      child?.kill("SIGTERM");
      const patience = setTimeout(() => child?.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(patience);
      state.state = "stopped";
      events.changed();
    },
    endNow: (signal) => child?.kill(signal),
  };
}

function stateAtFirst({ name, replica }: ChildPlan): MemberState {
  return { name, replica, process: null, state: "starting", restarts: 0, http: null, fault: null };
}

function whenReady(child: ChildProcess, plan: ChildPlan, becomeReady: (http: string | null) => void): void {
  const lives = () => child.exitCode === null && child.signalCode === null;
  if (plan.probe) void probe(plan.probe, lives, becomeReady);
  child.on("message", (message: { ready?: boolean; http?: string }) => {
    if (message.ready === true) becomeReady(message.http ?? null);
  });
}

interface End {
  how: string;
  code: number | null;
}

/** Resolves when the process has ended, or could not be started. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on("exit", (code, signal) =>
      resolve({ how: signal === null ? `with code ${code}` : `by ${signal}`, code }),
    );
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ how: `: ${error.message}`, code: 3 });
    });
  });
}

/** Standard input is a pipe that this process holds open: when it dies, however, the child sees the end of it. */
function spawnInto(plan: ChildPlan): ChildProcess {
  const log = openLogFile(plan.log);
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.folder,
      env: plan.env,
      detached: true,
      stdio: plan.probe ? ["pipe", log, log] : ["pipe", log, log, "ipc"],
    });
    child.stdin?.on("error", () => {});
    return child;
  } finally {
    closeSync(log);
  }
}

async function probe(
  { ready, http }: NonNullable<ChildPlan["probe"]>,
  wanted: () => boolean,
  becomeReady: (http: string | null) => void,
): Promise<void> {
  while (wanted()) {
    if (await ready()) return becomeReady(http);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
}
