/**
 * Which worker has which rows in its hands, as far as this owner was told. Held in memory: what a new owner does not
 * know can be called twice only if the broker dies, too, before the workers have finished what they hold.
 */
export class RowClaims {
  /** The worker's number by row; 0 is nobody. */
  readonly #holders: Uint32Array;
  readonly #numbers = new Map<string, number>();
  readonly #workers: string[] = [""];
  readonly #seenMs = new Map<string, number>();
  readonly #silenceMs: number;

  /**
   * @param rows of the job
   * @param silenceMs a worker that has not been heard of for so long is dead, and its chunks come back
   */
  constructor(rows: number, silenceMs: number) {
    this.#holders = new Uint32Array(rows);
    this.#silenceMs = silenceMs;
  }

  /** Claims the rows for the worker, unless some are in the hands of another that lives: those are returned. */
  claim(worker: string, rows: readonly number[], nowMs: number): number[] {
    this.#seenMs.set(worker, nowMs);
    const number = this.#numberOf(worker);
    const taken = rows.filter((row) => {
      const holder = this.#holders[row] ?? 0;
      return holder !== 0 && holder !== number && this.#lives(this.#workers[holder]!, nowMs);
    });
    if (taken.length === 0) for (const row of rows) this.#holders[row] = number;
    return taken;
  }

  /** The row has an outcome. */
  settle(row: number): void {
    this.#holders[row] = 0;
  }

  /** Rows that somebody has in hand. */
  *held(): Generator<number> {
    for (const [row, holder] of this.#holders.entries()) if (holder !== 0) yield row;
  }

  /** Whether somebody who may still bring results was heard of lately, and has not left. */
  anybodyLives(nowMs: number): boolean {
    return [...this.#seenMs.keys()].some((worker) => this.#lives(worker, nowMs));
  }

  /** The worker has given back what it held. */
  leave(worker: string): void {
    this.#seenMs.delete(worker);
  }

  #numberOf(worker: string): number {
    const known = this.#numbers.get(worker);
    if (known !== undefined) return known;
    this.#numbers.set(worker, this.#workers.length);
    return this.#workers.push(worker) - 1;
  }

  #lives(worker: string, nowMs: number): boolean {
    return nowMs - (this.#seenMs.get(worker) ?? Number.NEGATIVE_INFINITY) < this.#silenceMs;
  }
}
