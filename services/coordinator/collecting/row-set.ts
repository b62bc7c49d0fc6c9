/** A set of row numbers below a fixed count, a bit each. */
export class RowSet {
  readonly #bits: Uint8Array;
  #size = 0;

  constructor(rows: number) {
    this.#bits = new Uint8Array(Math.ceil(rows / 8));
  }

  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    return ((this.#bits[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  /** True when the row was not in the set. */
  add(row: number): boolean {
    if (this.has(row)) return false;
    this.#bits[row >>> 3]! |= 1 << (row & 7);
    this.#size += 1;
    return true;
  }

  /** True when the row was in the set. */
  delete(row: number): boolean {
    if (!this.has(row)) return false;
    this.#bits[row >>> 3]! &= ~(1 << (row & 7));
    this.#size -= 1;
    return true;
  }
}
