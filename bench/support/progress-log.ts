import type { JobView } from "../../shared/contracts/jobs-api.ts";

interface Moment {
  atMs: number;
  /** Share of the job's rows that have an outcome. */
  share: number;
  settled: number;
}

/** How a job's rows came to their outcomes over time. */
export class ProgressLog {
  readonly #moments: Moment[] = [];

  add({ rows, done, failed }: JobView): void {
    if (rows === null) return;
    const settled = done + failed;
    this.#moments.push({ atMs: performance.now(), share: settled / rows, settled });
  }

  /** When the job had come so far; undefined while it has not. */
  timeOf(share: number): number | undefined {
    return this.#moments.find((moment) => moment.share >= share)?.atMs;
  }

  /** Rows a second between two shares of the job, the first not before `notBeforeMs`. */
  rateBetween(from: number, to: number, notBeforeMs = 0): number {
    const first = this.#moments.find(({ share, atMs }) => share > from && atMs >= notBeforeMs);
    const last = this.#moments.find(({ share }) => share >= to);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return ((last.settled - first.settled) / (last.atMs - first.atMs)) * 1000;
  }
}
