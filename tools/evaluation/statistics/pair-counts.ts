/** How often two judges gave this pair of values to one thing. */
export interface PairCell {
  first: number;
  second: number;
  count: number;
}

/** Pairs of values, two judges' on one thing each, counted: what every measure of agreement is computed from. */
export class PairCounts {
  readonly #rows = new Map<number, Map<number, number>>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(first: number, second: number, count = 1): void {
    const row = this.#rows.get(first) ?? new Map<number, number>();
    row.set(second, (row.get(second) ?? 0) + count);
    this.#rows.set(first, row);
    this.#total += count;
  }

  count(first: number, second: number): number {
    return this.#rows.get(first)?.get(second) ?? 0;
  }

  *cells(): Generator<PairCell> {
    for (const [first, row] of this.#rows) {
      for (const [second, count] of row) yield { first, second, count };
    }
  }

  /** How often each value was given, by the first judge and by the second. */
  margins(): { first: Map<number, number>; second: Map<number, number> } {
    const margins = { first: new Map<number, number>(), second: new Map<number, number>() };
    for (const { first, second, count } of this.cells()) {
      margins.first.set(first, (margins.first.get(first) ?? 0) + count);
      margins.second.set(second, (margins.second.get(second) ?? 0) + count);
    }
    return margins;
  }

  /** All values that either judge gave, ascending. */
  values(): number[] {
    const { first, second } = this.margins();
    return [...new Set([...first.keys(), ...second.keys()])].sort((one, other) => one - other);
  }
}
