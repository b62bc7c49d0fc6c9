import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A process for ever: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  pid: number;
  started: string;
}

const hasProc = existsSync("/proc/self/stat");

/** Undefined when there is no such process, or only what is left of it until its parent has seen its end. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = hasProc ? startedByProc(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(identity: ProcessIdentity | null | undefined): identity is ProcessIdentity {
  return identity != null && identityOf(identity.pid)?.started === identity.started;
}

/** Processes whose arguments satisfy the test; those of other users may be unseen. */
export function processesWith(matches: (args: string[]) => boolean): ProcessIdentity[] {
  const found = hasProc ? argumentsByProc() : argumentsByPs();
  return found
    .filter(([pid, args]) => pid !== process.pid && matches(args))
    .flatMap(([pid]) => identityOf(pid) ?? []);
}

/** Sends a signal to exactly this process. False when it is gone. @throws where it belongs to somebody else */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** True as soon as the process is gone, false when it still lives after that time. */
export async function isGoneWithin(identity: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  while (isAlive(identity)) {
    if (performance.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function startedByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; the state is the first field behind it, the start time the 20th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startedByPs(pid: number): string | undefined {
  const { stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [state, ...started] = (stdout ?? "").trim().split(/\s+/);
  return !state || state.startsWith("Z") ? undefined : started.join(" ");
}

function argumentsByProc(): [pid: number, args: string[]][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return [Number(name), readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")];
      } catch {
        return [Number(name), []];
      }
    });
}

function argumentsByPs(): [pid: number, args: string[]][] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,args="], { encoding: "utf8" });
  return (stdout ?? "").split("\n").map((line) => {
    const [pid, ...args] = line.trim().split(/\s+/);
    return [Number(pid), args];
  });
}
