import { readFileSync } from "node:fs";
import type { Child } from "./child.ts";
import type { Figure } from "./report.ts";

/** Clock ticks a second, as Linux counts them for programs. */
const TICKS = 100;

/**
 * What the processes spend from now on. Unlike a rate, it says the same on a machine that others use too.
 * @returns gives the figures of a job of so many rows
 */
export function watchCpu(children: readonly Child[]): (which: string, rows: number) => Figure[] {
  const before = children.map((child) => cpuSeconds(child.pid()));
  return (which, rows) => {
    const used = children.map((child, place) => cpuSeconds(child.pid()) - before[place]!);
    const figure = (what: string, seconds: number) => ({
      what: `${which}, CPU of ${what}`,
      value: (seconds * 1e6) / rows,
      unit: "us/row",
    });
    return [
      ...children.map((child, place) => figure(child.name, used[place]!)),
      figure(
        "all of these",
        used.reduce((sum, seconds) => sum + seconds, 0),
      ),
    ];
  };
}

/** Of all threads, in and out of the kernel. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold anything; the state is the first field behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
