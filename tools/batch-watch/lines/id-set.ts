import { rowOf } from "./id-numbers.ts";

const FIRST_ROWS = 1 << 10;

/** Which custom_ids a file holds. Those that are row numbers take four bytes each, wherever they lie. */
export class IdSet {
  #rows = new Uint32Array(FIRST_ROWS);
  #count = 0;
  #isSorted = true;
  readonly #others = new Set<string>();

  add(id: string): void {
    const row = rowOf(id);
    if (row === undefined) {
      this.#others.add(id);
      return;
    }
    if (this.#count === this.#rows.length) this.#resize(Math.max(FIRST_ROWS, 2 * this.#count));
    this.#isSorted &&= this.#count === 0 || this.#rows[this.#count - 1]! <= row;
    this.#rows[this.#count] = row;
    this.#count += 1;
  }

  /** Lets go of room that was taken in advance. */
  trim(): void {
    this.#resize(this.#count);
  }

  has(id: string): boolean {
    const row = rowOf(id);
    return row === undefined ? this.#others.has(id) : this.#hasRow(row);
  }

  #hasRow(row: number): boolean {
    if (!this.#isSorted) this.#rows.subarray(0, this.#count).sort();
    this.#isSorted = true;
    let [from, to] = [0, this.#count];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#rows[middle]! < row) from = middle + 1;
      else to = middle;
    }
    return from < this.#count && this.#rows[from] === row;
  }

  #resize(room: number): void {
    const rows = new Uint32Array(room);
    rows.set(this.#rows.subarray(0, Math.min(room, this.#count)));
    this.#rows = rows;
  }
}
