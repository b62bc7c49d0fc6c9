import { isUtf8 } from "node:buffer";
import { UserError } from "../../errors.ts";
import { parseExactJson } from "../json/exact-json.ts";
import { withoutMark } from "./json-lines.ts";
import {
  type Fault,
  MAX_ROW_BYTES,
  malformedJson,
  NOT_UTF8,
  type SourceRow,
  type SourceRows,
} from "./source-row.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CLOSE_ARRAY = 0x5d;
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const opens = (byte: number) => byte === 0x5b || byte === 0x7b;
const closes = (byte: number) => byte === 0x5d || byte === 0x7d;

/**
 * Records of a file that is one JSON array, however large: only the bounds between records are looked for here, each
 * record is then parsed by itself. A record that does not parse is a fault; an array that never ends is an error.
 */
export async function* readJsonArray(chunks: AsyncIterable<Buffer>, name: string): SourceRows {
  const scanner = new ArrayScanner(name);
  let first = true;
  for await (const chunk of chunks) {
    const rows = scanner.scan(first ? withoutMark(chunk) : chunk);
    first = false;
    if (rows.length > 0) yield rows;
  }
  scanner.end();
}

/** Follows brackets and strings byte by byte; a record ends at a comma or bracket outside of them. */
class ArrayScanner {
  readonly #name: string;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #closed = false;
  #line = 1;
  #byte = 0;
  #record = { number: 0, line: 0, byte: 0, pieces: [] as Buffer[], bytes: 0 };

  constructor(name: string) {
    this.#name = name;
  }

  /** Takes the next bytes and gives the records that end in them. */
  scan(chunk: Buffer): SourceRow[] {
    const rows: SourceRow[] = [];
    let start = this.#record.bytes > 0 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) at = this.#passString(chunk, at);
      const byte = chunk[at];
      if (byte === undefined) break;
      if (byte === LINE_FEED) this.#line++;
      if (isSpace(byte)) continue;
      if (this.#closed) throw this.#textAfterEnd();
      if (this.#depth === 1 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        if (start >= 0) this.#keep(chunk.subarray(start, at));
        start = -1;
        const row = this.#finish(this.#byte + at, byte === COMMA);
        if (row) rows.push(row);
      } else {
        if (this.#depth === 1 && start < 0) start = this.#begin(at);
        this.#step(byte);
      }
    }
    if (start >= 0) this.#keep(chunk.subarray(start));
    this.#byte += chunk.length;
    return rows;
  }

  /** Index of the byte after the string's closing quote, or the chunk's length where it goes on. */
  #passString(chunk: Buffer, from: number): number {
    let escaped = this.#escaped;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === LINE_FEED) this.#line++;
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#escaped = false;
        return at + 1;
      }
    }
    this.#escaped = escaped;
    return chunk.length;
  }

  #step(byte: number): void {
    if (byte === QUOTE) this.#inString = true;
    else if (opens(byte)) this.#depth++;
    else if (closes(byte) && this.#depth > 1) this.#depth--;
  }

  #begin(at: number): number {
    this.#record.line = this.#line;
    this.#record.byte = this.#byte + at;
    return at;
  }

  /** @throws UserError if the array is not closed */
  end(): void {
    if (this.#closed) return;
    const { number, line, byte, bytes } = this.#record;
    const where =
      bytes > 0
        ? `record ${number}, which begins at line ${line} (byte ${byte}), never ends`
        : "no ] follows";
    throw new UserError(
      `${this.#name} is cut off or has a quote or bracket that is not closed: after ${number} whole records ${where}. Get the file again or mend it there.`,
    );
  }

  #keep(piece: Buffer): void {
    this.#record.pieces.push(piece);
    this.#record.bytes += piece.length;
    if (this.#record.bytes > MAX_ROW_BYTES) {
      throw new UserError(
        `${this.#name} record ${this.#record.number}, which begins at line ${this.#record.line}, is longer than ${MAX_ROW_BYTES} bytes: is a quote or bracket not closed there?`,
      );
    }
  }

  #finish(byte: number, more: boolean): SourceRow | undefined {
    const record = this.#record;
    const empty = record.bytes === 0;
    this.#record = { number: record.number + 1, line: 0, byte: 0, pieces: [], bytes: 0 };
    this.#closed = !more;
    if (empty && !more && record.number === 0) return undefined;
    const place = empty ? { ...record, line: this.#line, byte } : record;
    return readRecord(place, Buffer.concat(record.pieces));
  }

  #textAfterEnd(): UserError {
    return new UserError(
      `${this.#name} line ${this.#line} has text after the end of the array: remove it, or save the rows one a line (JSONL).`,
    );
  }
}

function readRecord(place: { number: number; line: number; byte: number }, bytes: Buffer): SourceRow {
  const { line } = place;
  const text = bytes.toString();
  if (text.includes("\uFFFD") && !isUtf8(bytes)) return { line, fault: atRecord(place, NOT_UTF8) };
  try {
    return { line, value: parseExactJson(text) };
  } catch (error) {
    return { line, fault: atRecord(place, malformedJson(error)) };
  }
}

function atRecord({ number, byte }: { number: number; byte: number }, fault: Fault): Fault {
  return { ...fault, message: `(record ${number}, byte ${byte}) ${fault.message}` };
}
