import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";

/** Fewer rows than this say nothing about the rest. */
const LEAST_ROWS = 50;

/**
 * Watches what share of a job's rows fails, so that nobody pays for all of them to learn that none can be used. Failures
 * count from when it was made: a job that a person resumes is given another chance. Good rows count from the beginning: what
 * is left at the end, or after a takeover, may well be what is hard.
 */
export class FailureWatch {
  readonly #job: string;
  #rows: number;
  #failed = 0;
  readonly #reasons = new Map<string, number>();

  /** @param good rows that are done */
  constructor(job: string, good: number) {
    this.#job = job;
    this.#rows = good;
  }

  /** Counts results. @returns why the job is to pause, once too many have failed */
  add(results: readonly RowResult[], most: number): HaltReason | undefined {
    for (const result of results) {
      this.#rows += 1;
      if (result.ok) continue;
      this.#failed += 1;
      const { reason } = JSON.parse(result.line) as { reason: string };
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    }
    if (this.#rows < LEAST_ROWS || this.#failed <= most * this.#rows) return undefined;
    const [reason, count] = [...this.#reasons].sort(([, a], [, b]) => b - a)[0]!;
    const percent = (100 * this.#failed) / this.#rows;
    return {
      code: "failure_rate",
      message: `${percent.toFixed(0)} % of ${this.#rows} rows failed, ${count} of them with ${reason}, and max_failure_rate is ${most}: look at them with "assay jobs rows ${this.#job} --failed", and resume the job, or start it again with a higher --max_failure_rate.`,
    };
  }
}
