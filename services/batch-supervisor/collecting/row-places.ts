/** Places of a shard's lines by the numbers of their rows, which rise from line to line. */
export class RowPlaces {
  readonly #rows: Uint32Array;

  constructor(rows: Uint32Array) {
    this.#rows = rows;
  }

  /** Undefined: the shard has no such row. */
  placeOf(row: number): number | undefined {
    let [low, high] = [0, this.#rows.length - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#rows[middle]!;
      if (found === row) return middle;
      if (found < row) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  rowAt(place: number): number {
    return this.#rows[place]!;
  }
}
