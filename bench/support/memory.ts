import { readFileSync } from "node:fs";
import type { Child } from "./child.ts";

export interface MemorySample {
  atMs: number;
  rssMiB: number;
}

export interface MemoryWatch {
  /** Measured now; of a process that is gone, what was measured last. */
  now(name: string): number;
  peak(name: string): number;
  samples(name: string): readonly MemorySample[];
  stop(): void;
}

const EVERY_MS = 500;

/** Reads the resident memory of processes twice a second. */
export function watchMemory(children: readonly Child[]): MemoryWatch {
  const all = new Map<string, MemorySample[]>(children.map((child) => [child.name, []]));
  const look = () => {
    for (const child of children) {
      const rssMiB = residentMiB(child.pid());
      if (rssMiB !== undefined) all.get(child.name)!.push({ atMs: performance.now(), rssMiB });
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    now: (name) => {
      look();
      return all.get(name)!.at(-1)!.rssMiB;
    },
    peak: (name) => Math.max(...all.get(name)!.map((sample) => sample.rssMiB)),
    samples: (name) => all.get(name)!,
    stop: () => clearInterval(timer),
  };
}

/** Undefined when the process is gone. */
function residentMiB(pid: number): number | undefined {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line ? Number(line[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}
