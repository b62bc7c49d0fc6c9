/** A fault that comes so often, with nothing committed between, does not pass by itself. */
const MOST = 8;

/**
 * Counts the faults of jobs that nobody foresaw. The next owner tries again, since a crash may have been its cause; but
 * a job that fails again and again must say so, instead of being taken up for ever.
 */
export class RepeatedFaults {
  readonly #counts = new Map<string, number>();

  /** @returns true when the job is to stop; it is counted afresh from then on */
  add(job: string): boolean {
    const count = (this.#counts.get(job) ?? 0) + 1;
    this.#counts.set(job, count);
    if (count < MOST) return false;
    this.#counts.delete(job);
    return true;
  }

  /** The job got on. */
  clear(job: string): void {
    this.#counts.delete(job);
  }
}
