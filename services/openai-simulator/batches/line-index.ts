import { readSync } from "node:fs";

/** Where the lines of a file are, so that any of them can be read by itself. Line ends are part of their line. */
export type LineIndex = { count: number; read(file: number, line: number): string };

/** Collects the starts of lines in order; four bytes a line. */
export class LineIndexBuilder {
  #starts = new Uint32Array(1024);
  #count = 0;
  #end = 0;

  add(start: number, end: number): void {
    if (this.#count + 1 >= this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.#count++] = start;
    this.#end = end;
  }

  get count(): number {
    return this.#count;
  }

  /** `file` is an open descriptor of the file that the lines were found in. */
  build(): LineIndex {
    const starts = this.#starts.slice(0, this.#count + 1);
    starts[this.#count] = this.#end;
    return {
      count: this.#count,
      read(file, line) {
        const bytes = Buffer.allocUnsafe(starts[line + 1]! - starts[line]!);
        readSync(file, bytes, 0, bytes.length, starts[line]!);
        return bytes.toString("utf8");
      },
    };
  }
}
