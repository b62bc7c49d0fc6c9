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

/** One line of a file, without its line end. */
export type Line = { bytes: Buffer; start: number; end: number; number: number };

const LINE_FEED = 10;

/** Splits a stream at line feeds; what follows the last one is a line unless it is empty. */
export async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let start = 0;
  let at = 0;
  let number = 0;
  const line = (end: number): Line => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const made = { bytes, start, end, number: ++number };
    parts = [];
    start = end;
    return made;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      yield line(at + from);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    at += chunk.length;
  }
  if (parts.length > 0) yield line(at);
}
