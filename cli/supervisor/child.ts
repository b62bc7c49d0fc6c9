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

/** Starts a process, in a session of its own, and starts it again whenever it ends, until `stop`. */
export function superviseChild(plan: ChildPlan, events: ChildEvents): SupervisedChild {
  const { name, replica } = plan;
  const state: MemberState = {
    name,
    replica,
    process: null,
    state: "starting",
    restarts: 0,
    http: null,
    fault: null,
  };
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
    const becomeReady = (http: string | null) => {
      if (child !== started || state.state !== "starting" || stopping) return;
      unready = 0;
      Object.assign(state, { state: "ready", http, fault: null });
      events.said(`${replica} is ready (pid ${started.pid}${http === null ? "" : `, ${http}`})`);
      events.changed();
    };
    if (plan.probe) void probe(plan.probe, () => child === started, becomeReady);
    started.on("message", (message: { ready?: boolean; http?: string }) => {
      if (message.ready === true) becomeReady(message.http ?? null);
    });
    gone = new Promise((resolve) => {
      const ended = once((how: string, code: number | null) => {
        child = undefined;
        Object.assign(state, { process: null, http: null });
        if (stopping) state.state = "stopped";
        else relaunch(how, code, performance.now() - startedMs, logged);
        events.changed();
        resolve();
      });
      started.on("exit", (code, signal) =>
        ended(signal === null ? `with code ${code}` : `by ${signal}`, code),
      );
      started.on("error", (error) => started.pid === undefined && ended(`: ${error.message}`, 3));
    });
  };

  const relaunch = (how: string, code: number | null, livedMs: number, logged: number) => {
    const wasReady = state.state === "ready";
    const sentence = lastSentence(tailOf(plan.log, logged)) ?? `it ended ${how}`;
    backOffMs = nextBackOff(backOffMs, livedMs);
    Object.assign(state, {
      state: "waiting",
      restarts: state.restarts + 1,
      fault: wasReady ? `ended ${how}` : sentence,
    });
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

function once<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let called = false;
  return (...args) => {
    if (called) return;
    called = true;
    call(...args);
  };
}
