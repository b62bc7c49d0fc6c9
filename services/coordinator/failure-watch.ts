import type { HaltReason } from "../../shared/contracts/collector-questions.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";

/** Fewer rows than this say nothing about the rest. */
const LEAST_ROWS = 50;

/**
 * Watches what share of a job's rows fails, so that nobody pays for all of them to learn that none can be used. It counts
 * from when it was made: a job that a person resumes is given another chance.
 */
export class FailureWatch {
  readonly #job: string;
  #rows = 0;
  #failed = 0;
  readonly #reasons = new Map<string, number>();

  constructor(job: string) {
    this.#job = job;
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
      message: `${percent.toFixed(0)} % of the first ${this.#rows} rows failed, ${count} of them with ${reason}, and max_failure_rate is ${most}: look at them with "assay jobs rows ${this.#job} --failed", and resume the job, or start it again with a higher --max_failure_rate.`,
    };
  }
}
