import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { PartLength } from "../../../../shared/contracts/job-progress.ts";
import { type Located, readPart } from "./part-reader.ts";
import { partsFolder } from "./part-writer.ts";

/** A row's stored result: its line, line feed included. */
export interface ResultLine {
  ok: boolean;
  line: Buffer;
}

export interface ResultLines extends Disposable {
  /** The outcome that counts, or undefined while there is none. */
  of(row: number): ResultLine | undefined;
}

const NONE = 0xffff;
const READ_AHEAD_BYTES = 256 * 1024;

/** Rows whose results are wanted, each with a place of its own below `count`. */
export interface WantedRows {
  count: number;
  /** Undefined for a row that is not wanted. */
  placeOf(row: number): number | undefined;
}

/** Of a job with so many rows. */
function allRows(count: number): WantedRows {
  return { count, placeOf: (row) => (row < count ? row : undefined) };
}

export function theseRows(rows: readonly number[]): WantedRows {
  const places = new Map(rows.map((row, place) => [row, place]));
  return { count: rows.length, placeOf: (row) => places.get(row) };
}

/**
 * Finds the outcome that counts of every row that is wanted: its first success, else its first failure of this run. Takes 15
 * bytes of memory for each; lines are read when they are asked for, cheaply when in about the order of arrival.
 * @param wanted a number: all rows of a job that has so many
 */
export async function openResultLines(
  workFolder: string,
  parts: readonly PartLength[],
  run: number,
  wanted: WantedRows | number,
): Promise<ResultLines> {
  const rows = typeof wanted === "number" ? allRows(wanted) : wanted;
  const { count } = rows;
  const partOf = new Uint16Array(count).fill(NONE);
  const offsets = new Float64Array(count);
  const lengths = new Uint32Array(count);
  const good = new Uint8Array(count);
  for (const [number, part] of parts.entries()) {
    await readPart(workFolder, part, (entry: Located) => {
      if (!entry.ok && part.run < run) return;
      const place = rows.placeOf(entry.row);
      if (place === undefined) return;
      if (partOf[place] !== NONE && (good[place] === 1 || !entry.ok)) return;
      partOf[place] = number;
      offsets[place] = entry.offset;
      lengths[place] = entry.bytes;
      good[place] = entry.ok ? 1 : 0;
    });
  }
  const files = parts.map((part) => windowedFile(join(partsFolder(workFolder), `${part.name}.jsonl`)));
  return {
    of(row) {
      const place = rows.placeOf(row);
      const file = place === undefined ? undefined : files[partOf[place]!];
      return file && { ok: good[place!] === 1, line: file.read(offsets[place!]!, lengths[place!]!) };
    },
    [Symbol.dispose]() {
      for (const file of files) file.close();
    },
  };
}

/** Reads pieces of a file through a window that moves forward with them. */
function windowedFile(path: string): { read(offset: number, length: number): Buffer; close(): void } {
  const file = openSync(path, "r");
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  return {
    read(offset, length) {
      if (offset < start || offset + length > start + window.length) {
        const bytes = Buffer.allocUnsafe(Math.max(length, READ_AHEAD_BYTES));
        window = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
        start = offset;
      }
      return window.subarray(offset - start, offset - start + length);
    },
    close: () => closeSync(file),
  };
}
