import { closeSync, copyFileSync, openSync, readSync, renameSync, statSync, truncateSync } from "node:fs";

const ROTATE_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A descriptor that appends: children write to it themselves, so that their supervisor's end cannot break their output. */
export function openLogFile(path: string): number {
  if (sizeOf(path) > ROTATE_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}

/** Keeps one older piece of a log that grew too large while its writer goes on. */
export function rotateInPlace(path: string): void {
  if (sizeOf(path) <= ROTATE_BYTES) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** The last lines of the part of a file that lies behind `from`, at most 16 KiB of it. */
export function tailOf(path: string, from = 0): string[] {
  const size = sizeOf(path);
  const start = Math.max(from <= size ? from : 0, size - TAIL_BYTES);
  const bytes = Buffer.alloc(size - start);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes, 0, bytes.length, start);
  } finally {
    closeSync(file);
  }
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** The sentence by which a process that ended said why: its last line, taken out of its log record where it is one. */
export function lastSentence(lines: string[]): string | undefined {
  const plain = lines.findLast((line) => /^[a-z-]+: |^\w*Error\b.*: /.test(line));
  const line = plain ?? lines.at(-1);
  if (line === undefined) return undefined;
  try {
    const record = JSON.parse(line) as { err?: { message?: string }; msg?: string };
    return record.err?.message ?? record.msg;
  } catch {
    return line.trim();
  }
}
