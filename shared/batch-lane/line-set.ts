/**
 * Some of a shard's lines, by their places from 0 on: a bit each. In entries it is base64, and null where it holds all of
 * them, as most do.
 */
export class LineSet {
  readonly lines: number;
  readonly #bits: Uint8Array;

  private constructor(lines: number, bits: Uint8Array) {
    this.lines = lines;
    this.#bits = bits;
  }

  /** @param text base64; null: all */
  static of(lines: number, text: string | null): LineSet {
    if (text !== null) return new LineSet(lines, Buffer.from(text, "base64"));
    const bits = new Uint8Array(Math.ceil(lines / 8)).fill(0xff);
    if (lines % 8 !== 0) bits[bits.length - 1] = (1 << (lines % 8)) - 1;
    return new LineSet(lines, bits);
  }

  static none(lines: number): LineSet {
    return new LineSet(lines, new Uint8Array(Math.ceil(lines / 8)));
  }

  get size(): number {
    let size = 0;
    for (let bits of this.#bits) for (; bits !== 0; bits &= bits - 1) size += 1;
    return size;
  }

  has(place: number): boolean {
    return ((this.#bits[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  add(place: number): void {
    this.#bits[place >>> 3]! |= 1 << (place & 7);
  }

  delete(place: number): void {
    this.#bits[place >>> 3]! &= ~(1 << (place & 7));
  }

  /** Those of this one that are in the other one, too. */
  and(other: LineSet): LineSet {
    return new LineSet(
      this.lines,
      this.#bits.map((bits, at) => bits & (other.#bits[at] ?? 0)),
    );
  }

  /** Those of this one that are not in the other one. */
  without(other: LineSet): LineSet {
    return new LineSet(
      this.lines,
      this.#bits.map((bits, at) => bits & ~(other.#bits[at] ?? 0)),
    );
  }

  *[Symbol.iterator](): Generator<number> {
    for (let place = 0; place < this.lines; place += 1) if (this.has(place)) yield place;
  }

  /** As entries hold it. */
  toText(): string | null {
    return this.size === this.lines ? null : Buffer.from(this.#bits).toString("base64");
  }
}
