import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { PartLength } from "../../../../shared/contracts/job-progress.ts";
import type { RowResult } from "../../../../shared/contracts/result-chunk.ts";
import { makeFolder } from "../../../../shared/installation/make-folder.ts";
import { encodeBlock, type IndexEntry } from "./part-index.ts";

const LINE_FEED = 0x0a;
const FIRST_ROOM = 64 * 1024;
const MOST_ROOM = 1024 * 1024;

/** Appends results to one part of a job: data and sidecar, both on disk before the lengths are handed out. */
export interface PartWriter {
  /** Resolves when the results are on disk; the lengths are what a commit may name. One call at a time. */
  append(results: readonly RowResult[]): Promise<PartLength>;
  close(): Promise<void>;
}

export function partsFolder(workFolder: string): string {
  return join(workFolder, "parts");
}

/** Creates a part that does not exist yet; its name is the owner's and a number, so that nobody else can write it. */
export async function createPart(workFolder: string, name: string, run: number): Promise<PartWriter> {
  const folder = partsFolder(workFolder);
  await makeFolder(folder);
  const data = await open(join(folder, `${name}.jsonl`), "wx");
  const index = await open(join(folder, `${name}.idx`), "wx");
  await syncFolder(folder);
  const length = { name, run, dataBytes: 0, indexBytes: 0 };
  // For the lines of one commit after another: each one's own buffer would be left to the collector.
  let room = Buffer.allocUnsafe(FIRST_ROOM);
  return {
    async append(results) {
      const { lines, entries } = layOut(results, room);
      if (lines.length > room.length) room = Buffer.allocUnsafe(Math.min(2 * lines.length, MOST_ROOM));
      const block = encodeBlock(entries, lines);
      await Promise.all([writeAll(data, lines), writeAll(index, block)]);
      await Promise.all([data.datasync(), index.datasync()]);
      length.dataBytes += lines.length;
      length.indexBytes += block.length;
      return { ...length };
    },
    async close() {
      await Promise.all([data.close(), index.close()]);
    },
  };
}

/** @param room where the lines are put, if they fit in there */
function layOut(results: readonly RowResult[], room: Buffer): { lines: Buffer; entries: IndexEntry[] } {
  const text = `${results.map((result) => result.line).join("\n")}\n`;
  const length = Buffer.byteLength(text);
  const lines = length <= room.length ? room.subarray(0, length) : Buffer.allocUnsafe(length);
  lines.write(text);
  const entries: IndexEntry[] = [];
  let start = 0;
  for (const { row, ok, truncated, promptTokens, completionTokens } of results) {
    // A line holds no line feed of its own: JSON text escapes them.
    const end = lines.indexOf(LINE_FEED, start) + 1;
    entries.push({ row, bytes: end - start, promptTokens, completionTokens, ok, truncated });
    start = end;
  }
  return { lines, entries };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}

/** Makes the names in a folder durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
