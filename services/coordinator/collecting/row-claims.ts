/**
 * Which worker has which rows in its hands, as far as this owner was told. Held in memory: what a new owner does not
 * know can be called twice only if the broker dies, too, before the workers have finished what they hold.
 */
export class RowClaims {
  /** Of rows in hand alone: a job's rows are many more than its workers can hold. */
  readonly #holders = new Map<number, string>();
  readonly #seenMs = new Map<string, number>();
  readonly #silenceMs: number;

  /** @param silenceMs a worker that has not been heard of for so long is dead, and its chunks come back */
  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** Claims the rows for the worker, unless some are in the hands of another that lives: those are returned. */
  claim(worker: string, rows: readonly number[], nowMs: number): number[] {
    this.#seenMs.set(worker, nowMs);
    const taken = rows.filter((row) => {
      const holder = this.#holders.get(row);
      return holder !== undefined && holder !== worker && this.#lives(holder, nowMs);
    });
    if (taken.length === 0) for (const row of rows) this.#holders.set(row, worker);
    return taken;
  }

  /** The row has an outcome. */
  settle(row: number): void {
    this.#holders.delete(row);
  }

  /** Rows that somebody has in hand. */
  held(): Iterable<number> {
    return this.#holders.keys();
  }

  /** Whether somebody who may still bring results was heard of lately, and has not left. */
  anybodyLives(nowMs: number): boolean {
    return [...this.#seenMs.keys()].some((worker) => this.#lives(worker, nowMs));
  }

  /** The worker has given back what it held. */
  leave(worker: string): void {
    this.#seenMs.delete(worker);
  }

  #lives(worker: string, nowMs: number): boolean {
    return nowMs - (this.#seenMs.get(worker) ?? Number.NEGATIVE_INFINITY) < this.#silenceMs;
  }
}
