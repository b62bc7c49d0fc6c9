import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";

export interface ChildPlan {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string | undefined>;
  folder: string;
  log: string;
  /** Asked until it says yes; a service of ours tells over IPC. */
  isReady?: () => Promise<boolean>;
}

/** A process of a bench. It is started again whenever it ends, until it is stopped. */
export interface Child {
  readonly name: string;
  pid(): number;
  /** Where its metrics are, once it is ready. */
  http(): string | undefined;
  /** Resolves when it is ready, also after the start that follows a kill. */
  ready(): Promise<void>;
  /** SIGKILL; resolves when the process is gone and the next one is being started. */
  kill(): Promise<void>;
  /** How often it ended without having been killed. */
  endedByItself(): number;
  stop(): Promise<void>;
  /** For the end of this process: no waiting. */
  killNow(): void;
  lastWords(): string;
}

const READY_MS = 30_000;
const LOOK_EVERY_MS = 20;
const GRACE_MS = 12_000;
/** A process that cannot start must not be started thousands of times. */
const AGAIN_MS = 200;

export function startChild(plan: ChildPlan): Child {
  let process: ChildProcess;
  let http: string | undefined;
  let ready: Promise<void>;
  let faults = 0;
  let killed = false;
  let stopping = false;

  const launch = () => {
    const started = spawnInto(plan);
    process = started;
    http = undefined;
    killed = false;
    ready = waitUntilReady(plan, started, (url) => {
      http = url;
    });
    ready.catch(() => {});
    started.once("exit", () => {
      if (stopping) return;
      if (killed) return launch();
      faults += 1;
      setTimeout(() => stopping || launch(), AGAIN_MS);
    });
  };
  launch();
  return {
    name: plan.name,
    pid: () => process.pid!,
    http: () => http,
    ready: () => ready,
    kill: async () => {
      const gone = once(process, "exit");
      killed = true;
      process.kill("SIGKILL");
      await gone;
    },
    endedByItself: () => faults,
    stop: async () => {
      stopping = true;
      if (process.exitCode !== null || process.signalCode !== null) return;
      const gone = once(process, "exit");
      process.kill("SIGTERM");
      const patience = setTimeout(() => process.kill("SIGKILL"), GRACE_MS);
      await gone;
      clearTimeout(patience);
    },
    killNow: () => {
      stopping = true;
      process.kill("SIGKILL");
    },
    lastWords: () => readFileSync(plan.log, "utf8").slice(-2000),
  };
}

/** Standard input is a pipe that this process holds open: when it dies, a service of ours sees the end of it. */
function spawnInto(plan: ChildPlan): ChildProcess {
  const log = openSync(plan.log, "a");
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.folder,
      env: plan.env,
      stdio: plan.isReady ? ["pipe", log, log] : ["pipe", log, log, "ipc"],
    });
    child.stdin?.on("error", () => {});
    return child;
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(
  plan: ChildPlan,
  child: ChildProcess,
  atHttp: (url: string) => void,
): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  let told = false;
  child.on("message", (message: { ready?: boolean; http?: string }) => {
    if (message.http !== undefined) atHttp(message.http);
    told ||= message.ready === true;
  });
  while (performance.now() < giveUpAt && child.exitCode === null && child.signalCode === null) {
    if (plan.isReady ? await plan.isReady() : told) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  if (child.signalCode !== "SIGKILL") {
    throw new Error(`${plan.name} did not become ready: ${readFileSync(plan.log, "utf8").slice(-2000)}`);
  }
}
