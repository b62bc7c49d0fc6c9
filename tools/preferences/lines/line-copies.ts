import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { jsonCell } from "../../../shared/datasets/json/json-cell.ts";
import type { DatasetFormat } from "../../../shared/datasets/reading/dataset-format.ts";
import { readRows } from "../../../shared/datasets/reading/read-rows.ts";
import type { SourceRow } from "../../../shared/datasets/reading/source-row.ts";
import { AtomicFile } from "../../../shared/datasets/writing/atomic-file.ts";

/** A row with where its line lies in the copy; one that could not be read has no line. */
export type CopiedRow = { place: string; row: SourceRow; offset: number; bytes: number };

/** Columns in which tables without types hold lists of objects as their JSON. */
const LISTS = ["outputs", "prompt"];

/**
 * Plain JSON Lines copies of files of other formats, whose rows cannot be found again by their place. They lie among the
 * temporary files until this is disposed of.
 */
export class LineCopies implements AsyncDisposable {
  #folder: string | undefined;
  #count = 0;

  /**
   * The rows of a file as they are copied; the copy can be read when all of them have been taken.
   * @param ready is told where the copy then lies
   * @throws UserError if the file cannot be read, or the disk is full
   */
  async *copy(path: string, format: DatasetFormat, ready: (copy: string) => void): AsyncGenerator<CopiedRow> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "assay-lines-"));
    const copy = join(this.#folder, `${this.#count++}.jsonl`);
    const isTable = format === "csv" || format === "tsv" || format === "parquet";
    const hasLines = format !== "json-array" && format !== "parquet";
    await using file = await AtomicFile.create(copy);
    let number = 0;
    for await (const rows of readRows(path)) {
      for (const source of rows) {
        const place = `${path} ${hasLines ? `line ${source.line}` : `row ${number}`}`;
        number += 1;
        const row = isTable ? withLists(source) : source;
        const offset = file.bytes;
        if ("value" in row) file.append(`${JSON.stringify(row.value)}\n`);
        if (file.full) await file.flush();
        yield { place, row, offset, bytes: Math.max(0, file.bytes - offset - 1) };
      }
    }
    await file.commit();
    ready(copy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

function withLists(source: SourceRow): SourceRow {
  if ("fault" in source || !isJsonObject(source.value)) return source;
  const lists = LISTS.flatMap((column) => {
    const value = jsonCell((source.value as Record<string, unknown>)[column]);
    return Array.isArray(value) && value.every(isJsonObject) ? [[column, value]] : [];
  });
  return { line: source.line, value: { ...source.value, ...Object.fromEntries(lists) } };
}
