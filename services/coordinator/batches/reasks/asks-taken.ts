/**
 * How often the rows of a run have been asked, as its shards say it in their order: a re-ask that was taken before (a
 * message that came twice, a second reply to the same ask) is known by its number. A row that a later pass over the rows
 * asks anew starts again.
 */
export class AsksTaken {
  /** Asks beyond the first; a job allows 20 of them. */
  readonly #again: Uint8Array;

  /** @param rows of the job */
  constructor(rows: number) {
    this.#again = new Uint8Array(rows);
  }

  /** @param ask from 2 on */
  isNew(row: number, ask: number): boolean {
    return ask - 1 > (this.#again[row] ?? Number.POSITIVE_INFINITY);
  }

  take(row: number, ask: number): void {
    this.#again[row] = ask - 1;
  }

  /** Of a shard that is read back, which names no numbers: one more. */
  takeNext(row: number): void {
    this.#again[row]! += 1;
  }

  /** The pass over the rows came by these once more: those among them without an outcome are asked from the beginning. */
  startAnew({ from, end }: { from: number; end: number }): void {
    this.#again.fill(0, from, end);
  }
}
