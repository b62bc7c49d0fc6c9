import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { PartLength } from "../../../shared/contracts/job-progress.ts";
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

/**
 * Finds the outcome that counts of every row below `rows`: its first success, else its first failure of this run.
 * Takes 15 bytes of memory a row; lines are read when they are asked for, cheaply when in about the order of arrival.
 */
export async function openResultLines(
  workFolder: string,
  parts: readonly PartLength[],
  run: number,
  rows: number,
): Promise<ResultLines> {
  const partOf = new Uint16Array(rows).fill(NONE);
  const offsets = new Float64Array(rows);
  const lengths = new Uint32Array(rows);
  const good = new Uint8Array(rows);
  for (const [place, part] of parts.entries()) {
    await readPart(workFolder, part, (entry: Located) => {
      if (entry.row >= rows || (!entry.ok && part.run < run)) return;
      if (partOf[entry.row] !== NONE && (good[entry.row] === 1 || !entry.ok)) return;
      partOf[entry.row] = place;
      offsets[entry.row] = entry.offset;
      lengths[entry.row] = entry.bytes;
      good[entry.row] = entry.ok ? 1 : 0;
    });
  }
  const files = parts.map((part) => windowedFile(join(partsFolder(workFolder), `${part.name}.jsonl`)));
  return {
    of(row) {
      const file = files[partOf[row] ?? NONE];
      return file && { ok: good[row] === 1, line: file.read(offsets[row]!, lengths[row]!) };
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
