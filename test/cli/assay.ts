import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../shared/installation/package-root.ts";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  process: ChildProcess;
  /** What it has said on standard error so far. */
  said(): string;
  /** Resolves as soon as standard error matches. */
  says(pattern: RegExp): Promise<void>;
  ended: Promise<Outcome>;
}

export interface Status {
  nats: { url: string; pid: number; restarts: number; state: string };
  services: {
    name: string;
    replica: string;
    pid: number | null;
    state: string;
    restarts: number;
    http: string | null;
  }[];
}

/** A folder where the command is typed, with a system of its own; all that was started there is gone at the end. */
export interface Workplace extends AsyncDisposable {
  folder: string;
  env: Record<string, string>;
  at(name: string): string;
  start(...argv: string[]): RunningCommand;
  run(...argv: string[]): Promise<Outcome>;
  status(): Promise<Status>;
}

const PATIENCE_MS = 90_000;

/** @param env beside PATH and HOME; keys of the machine's own environment are not passed on */
export function workplace(env: Record<string, string> = {}): Workplace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "assay-cli-")));
  const { PATH = "", HOME = "", ASSAY_NATS_SERVER = "" } = process.env;
  const place: Workplace = {
    folder,
    env: { PATH, HOME, ...(ASSAY_NATS_SERVER ? { ASSAY_NATS_SERVER } : {}), ...env },
    at: (name) => join(folder, name),
    start: (...argv) => start(folder, place.env, argv),
    run: (...argv) => start(folder, place.env, argv).ended,
    status: async () => {
      const { code, stdout, stderr } = await place.run("status", "--json");
      if (code !== 0) throw new Error(`status: ${stderr}`);
      return JSON.parse(stdout) as Status;
    },
    [Symbol.asyncDispose]: async () => {
      await until(() => {
        for (const pid of processesIn(folder)) kill(pid);
        return processesIn(folder).length === 0;
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return place;
}

function start(folder: string, env: Record<string, string>, argv: string[]): RunningCommand {
  const child = spawn(process.execPath, [join(packageRoot, "cli/main.ts"), ...argv], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const says = async (pattern: RegExp) => {
    await until(() => pattern.test(stderr) || child.exitCode !== null);
    if (!pattern.test(stderr))
      throw new Error(`assay ${argv.join(" ")} ended with ${child.exitCode}: ${stderr}`);
  };
  return { process: child, said: () => stderr, says, ended };
}

/** Asks again until it is so. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { withinMs = PATIENCE_MS } = {},
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`not so within ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Processes that work in a folder or below it, or on files there, zombies left out. */
export function processesIn(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (name) => !isZombie(name) && (isBelow(link(name), folder) || argumentsOf(name).includes(`${folder}/`)),
    )
    .map(Number);
}

export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !isZombie(String(pid));
}

export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function isZombie(pid: string): boolean {
  return /\) Z /.test(read(`/proc/${pid}/stat`));
}

function argumentsOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`);
}

function link(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
