/** Row numbers from here on are held as text, like other ids: there is no such dataset. */
const MOST_ROWS = 1 << 26;
const FIRST_ROWS = 1 << 16;

/** Numbers custom_ids from 0 on, in the order in which they come. Those that are row numbers take four bytes each. */
export class IdNumbers {
  /** By row: the number and 1, or 0 where there is none. */
  #rows = new Uint32Array(FIRST_ROWS);
  readonly #others = new Map<string, number>();
  size = 0;

  get(id: string): number | undefined {
    const row = rowOf(id);
    if (row === undefined) return this.#others.get(id);
    const held = this.#rows[row] ?? 0;
    return held === 0 ? undefined : held - 1;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  /** @returns the number that the id has, or now gets */
  add(id: string): number {
    const known = this.get(id);
    if (known !== undefined) return known;
    const number = this.size++;
    const row = rowOf(id);
    if (row === undefined) this.#others.set(id, number);
    else {
      if (row >= this.#rows.length) this.#grow(row);
      this.#rows[row] = number + 1;
    }
    return number;
  }

  /** Row numbers in their order, then others in the order in which they came. */
  *ids(): Generator<string> {
    for (const [row, held] of this.#rows.entries()) if (held > 0) yield String(row);
    yield* this.#others.keys();
  }

  #grow(row: number): void {
    const rows = new Uint32Array(2 ** Math.ceil(Math.log2(row + 1)));
    rows.set(this.#rows);
    this.#rows = rows;
  }
}

/** The row number that a custom_id is, if it is one that a dataset can have: below 67 million. */
export function rowOf(id: string): number | undefined {
  return isRowNumber(id) && Number(id) < MOST_ROWS ? Number(id) : undefined;
}

/** Whether a custom_id is a row's number, written as Assay writes it. */
export function isRowNumber(id: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(id);
}
