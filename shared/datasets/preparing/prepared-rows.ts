import { type FileHandle, open, readFile } from "node:fs/promises";
import { EXIT, UserError } from "../../errors.ts";
import { parseExactJson } from "../json/exact-json.ts";
import { PreparedDataset, preparedFiles } from "./prepared-dataset.ts";
import type { BadRow, PreparedRow } from "./prepared-row.ts";

const OFFSET_BYTES = 8;
const OFFSETS_AT_ONCE = 4096;
const READ_BYTES = 1024 * 1024;

export interface NumberedRow<Value = PreparedRow | BadRow> {
  row: number;
  value: Value;
  /** Length of the stored line, for building chunks of bounded size. */
  bytes: number;
}

/** The prepared dataset of a folder; undefined where none has been finished. */
export async function readPreparedDataset(folder: string): Promise<PreparedDataset | undefined> {
  const text = await readFile(preparedFiles(folder).dataset, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : PreparedDataset.parse(JSON.parse(text));
}

/** Reads prepared rows in order from anywhere, with memory for one block however many rows there are. */
export class PreparedRows implements AsyncDisposable {
  readonly dataset: PreparedDataset;
  readonly #rows: FileHandle;
  readonly #index: FileHandle;

  private constructor(dataset: PreparedDataset, rows: FileHandle, index: FileHandle) {
    this.dataset = dataset;
    this.#rows = rows;
    this.#index = index;
  }

  /** @throws UserError if the folder holds no whole prepared dataset */
  static async open(folder: string): Promise<PreparedRows> {
    const files = preparedFiles(folder);
    const dataset = await readPreparedDataset(folder);
    if (!dataset) throw incomplete(folder);
    const [rows, index] = await Promise.all([openThere(files.rows), openThere(files.index)]);
    const [rowBytes, indexBytes] = [(await rows?.stat())?.size, (await index?.stat())?.size];
    if (rows && index && rowBytes === dataset.bytes && indexBytes === (dataset.rows + 1) * OFFSET_BYTES)
      return new PreparedRows(dataset, rows, index);
    await Promise.all([rows?.close(), index?.close()]);
    throw incomplete(folder);
  }

  get count(): number {
    return this.dataset.rows;
  }

  /** Of all rows together. */
  get bytes(): number {
    return this.dataset.bytes;
  }

  get fingerprint(): string {
    return this.dataset.fingerprint;
  }

  /** Rows `from` to before `to`, in order. Numbers outside of the dataset are left out. */
  async *read(from = 0, to = this.count): AsyncGenerator<NumberedRow> {
    for await (const block of this.readBlocks(from, to)) yield* block;
  }

  /**
   * As `read`, in blocks of about 1 MiB: cheaper by a promise a row.
   * @param parse reads a stored line, without its line feed
   */
  async *readBlocks<Value = PreparedRow | BadRow>(
    from = 0,
    to = this.count,
    parse: (line: string) => Value = parseRow as (line: string) => Value,
  ): AsyncGenerator<NumberedRow<Value>[]> {
    const end = Math.min(to, this.count);
    // One for all blocks: their bytes are read into strings at once, and a new MiB for each would be left to the collector.
    const room = Buffer.allocUnsafe(READ_BYTES);
    for (let row = Math.max(from, 0); row < end; ) {
      const offsets = await this.#offsets(row, Math.min(end - row, OFFSETS_AT_ONCE));
      for (let first = 0; first < offsets.length - 1; ) {
        let last = first + 1;
        while (last < offsets.length - 1 && offsets[last + 1]! - offsets[first]! <= READ_BYTES) last++;
        yield await this.#block(row + first, offsets.slice(first, last + 1), parse, room);
        first = last;
      }
      row += offsets.length - 1;
    }
  }

  /** @throws RangeError if there is no such row */
  async readAt(row: number): Promise<PreparedRow | BadRow> {
    if (!(row >= 0 && row < this.count)) throw new RangeError(`row ${row} of ${this.count}`);
    const [only] = await this.#block(row, await this.#offsets(row, 1), parseRow);
    return only!.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rows.close();
    await this.#index.close();
  }

  /** Byte offsets of `count` rows from `row` on, and of the end of the last. */
  async #offsets(row: number, count: number): Promise<number[]> {
    const bytes = await readFully(this.#index, row * OFFSET_BYTES, (count + 1) * OFFSET_BYTES);
    return Array.from({ length: count + 1 }, (_, at) => Number(bytes.readBigUInt64LE(at * OFFSET_BYTES)));
  }

  async #block<Value>(
    row: number,
    offsets: number[],
    parse: (line: string) => Value,
    room?: Buffer,
  ): Promise<NumberedRow<Value>[]> {
    const start = offsets[0]!;
    const bytes = await readFully(this.#rows, start, offsets.at(-1)! - start, room);
    return offsets.slice(0, -1).map((offset, at) => {
      const length = offsets[at + 1]! - offset;
      const text = bytes.toString("utf8", offset - start, offset - start + length - 1);
      return { row: row + at, value: parse(text), bytes: length };
    });
  }
}

/** Undefined where there is no such file. */
async function openThere(path: string): Promise<FileHandle | undefined> {
  return await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function parseRow(line: string): PreparedRow | BadRow {
  return parseExactJson(line) as PreparedRow | BadRow;
}

/** @param room where the bytes are put, if they fit in there */
async function readFully(
  handle: FileHandle,
  position: number,
  length: number,
  room?: Buffer,
): Promise<Buffer> {
  const fits = room !== undefined && length <= room.length;
  const bytes = fits ? room.subarray(0, length) : Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) throw new Error(`a prepared dataset ends at byte ${position + at}, inside a row`);
    at += bytesRead;
  }
  return bytes;
}

function incomplete(folder: string): UserError {
  return new UserError(
    `The rows that were read of the dataset are gone from ${folder}: put them back and resume the job, or begin it anew with --overwrite.`,
    { exitCode: EXIT.couldNotRun },
  );
}
