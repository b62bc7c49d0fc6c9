import { statSync } from "node:fs";
import { isJsonObject, parseExactJson } from "../../../shared/datasets/json/exact-json.ts";
import { detectFormat } from "../../../shared/datasets/reading/dataset-format.ts";
import { fileBytes, unreadable } from "../../../shared/datasets/reading/file-bytes.ts";
import { readPlacedLines, withoutMark } from "../../../shared/datasets/reading/json-lines.ts";
import type { Fault, SourceRow } from "../../../shared/datasets/reading/source-row.ts";
import { kindOf } from "../../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../../shared/errors.ts";
import { LineFiles } from "../../../shared/lines/line-files.ts";
import { LineCopies } from "./line-copies.ts";

const FIRST_CAPACITY = 1024;

/** A row that was read while its file was indexed; `place` begins a sentence about it: "a.jsonl line 7". */
export type IndexedLine = { file: number; line: number; place: string; offset: number; bytes: number } & (
  | { row: Record<string, unknown> }
  | { fault: Fault }
);

/**
 * Where rows of files lie, by a key and one of some columns, such as prompt and model: so files in whatever order are
 * joined with the keys and 16 bytes a row in memory. Rows are found again in JSON Lines only, into which files of other
 * formats are copied among the temporary ones.
 */
export class LineIndex implements AsyncDisposable {
  readonly #numbers = new Map<string, number>();
  readonly #columns: { offsets: Float64Array; bytes: Uint32Array; files: Uint32Array }[];
  readonly #files = new LineFiles();
  readonly #copies = new LineCopies();

  constructor(columns: number) {
    this.#columns = Array.from({ length: columns }, () => emptyColumn(FIRST_CAPACITY));
  }

  /**
   * The rows of a data file, to be added under their keys; an empty file, as of prompts that all failed, has none.
   * @throws UserError if it cannot be read
   */
  async *scan(path: string, signal?: AbortSignal): AsyncGenerator<IndexedLine> {
    if (statSync(path, { throwIfNoEntry: false })?.size === 0) return;
    const { format, compression } = await detectFormat(path);
    const file = this.#files.add(path);
    if (format === "json-lines" && compression === "none") {
      for await (const rows of readPlacedLines(fileBytes(path, compression), path)) {
        signal?.throwIfAborted();
        for (const { offset, bytes, ...row } of rows)
          yield indexedLine(row, { file, place: `${path} line ${row.line}`, offset, bytes });
      }
      return;
    }
    const copied = (copy: string) => {
      this.#files.moved(file, copy);
    };
    for await (const { row, ...where } of this.#copies.copy(path, format, copied)) {
      signal?.throwIfAborted();
      yield indexedLine(row, { file, ...where });
    }
  }

  /** @returns whether it is the first of its key and column; a further one is not kept */
  add(key: string, column: number, { file, offset, bytes }: IndexedLine): boolean {
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    const table = this.#roomFor(column, number);
    if (table.offsets[number] !== 0) return false;
    // Zero says that there is none.
    table.offsets[number] = offset + 1;
    table.bytes[number] = bytes;
    table.files[number] = file;
    return true;
  }

  /** All keys, in the order in which they came first. */
  keys(): Iterable<string> {
    return this.#numbers.keys();
  }

  has(key: string, column: number): boolean {
    const number = this.#numbers.get(key);
    return number !== undefined && (this.#columns[column]!.offsets[number] ?? 0) !== 0;
  }

  /** The row of a key and column, read again from its file. @throws Error if there is none */
  async read(key: string, column: number): Promise<Record<string, unknown>> {
    const number = this.#numbers.get(key)!;
    const { offsets, bytes, files } = this.#columns[column]!;
    const file = files[number]!;
    try {
      const line = this.#files.read(file, offsets[number]! - 1, bytes[number]!);
      return parseExactJson(withoutMark(line).toString()) as Record<string, unknown>;
    } catch (cause) {
      const path = this.#files.pathOf(file);
      if ((cause as NodeJS.ErrnoException).syscall === "open") throw unreadable(path, cause);
      throw new UserError(`${path} was changed while it was read: start again.`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#files[Symbol.dispose]();
    await this.#copies[Symbol.asyncDispose]();
  }

  #roomFor(column: number, number: number) {
    const table = this.#columns[column]!;
    if (number < table.offsets.length) return table;
    const larger = emptyColumn(Math.max(number + 1, 2 * table.offsets.length));
    larger.offsets.set(table.offsets);
    larger.bytes.set(table.bytes);
    larger.files.set(table.files);
    this.#columns[column] = larger;
    return larger;
  }
}

function indexedLine(
  row: SourceRow,
  where: Pick<IndexedLine, "file" | "place" | "offset" | "bytes">,
): IndexedLine {
  const { line } = row;
  if ("fault" in row) return { ...where, line, fault: row.fault };
  if (isJsonObject(row.value)) return { ...where, line, row: row.value };
  const message = `is ${kindOf(row.value)} where an object is needed`;
  return { ...where, line, fault: { reason: "not_an_object", message } };
}

function emptyColumn(capacity: number) {
  return {
    offsets: new Float64Array(capacity),
    bytes: new Uint32Array(capacity),
    files: new Uint32Array(capacity),
  };
}
