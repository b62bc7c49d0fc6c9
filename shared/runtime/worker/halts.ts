/** A halt that nobody carried out in this time is forgotten: the job is tried again. */
const REMEMBERED_MS = 15_000;

/** Jobs whose halt this replica has asked for, so that it does not take them up again before that is done. */
export class Halts {
  readonly #asked = new Map<string, { revision: number; atMs: number }>();

  /** @param revision of the entry at which the halt was asked for */
  remember(job: string, revision: number, nowMs: number): void {
    this.#asked.set(job, { revision, atMs: nowMs });
  }

  /** Whether the entry is still the one at which the halt was asked for. */
  awaits(job: string, revision: number, nowMs: number): boolean {
    const halt = this.#asked.get(job);
    return halt?.revision === revision && nowMs - halt.atMs < REMEMBERED_MS;
  }
}
