import type { Blobs } from "../runtime/blobs.ts";

/**
 * A shard's content, written once by the job's owner: its request lines in the order of their rows, the rows' numbers, and
 * what rows carry, a line each, where any does.
 */
export interface ShardWriter {
  write(row: number, line: string, carry: string | undefined): Promise<void>;
  /** Resolves when all is on disk. */
  close(): Promise<void>;
}

const ROW_BYTES = 4;
const part = (blob: string, name: "lines" | "rows" | "carry") => `${blob}.${name}`;

/** @param options.carries whether rows carry anything: then each has a line for it */
export function shardWriter(blobs: Blobs, blob: string, options: { carries: boolean }): ShardWriter {
  const lines = blobs.writer(part(blob, "lines"));
  const carries = options.carries ? blobs.writer(part(blob, "carry")) : undefined;
  const rows: number[] = [];
  return {
    write: async (row, line, carry) => {
      rows.push(row);
      await carries?.write(Buffer.from(`${carry ?? ""}\n`));
      await lines.write(Buffer.from(line));
    },
    close: async () => {
      const numbers = blobs.writer(part(blob, "rows"));
      await numbers.write(Buffer.from(Uint32Array.from(rows).buffer));
      await Promise.all([lines.close(), carries?.close(), numbers.close()]);
    },
  };
}

/** The numbers of a shard's rows, in the order of its lines. */
export async function readShardRows(blobs: Blobs, blob: string): Promise<Uint32Array> {
  const pieces: Buffer[] = [];
  for await (const piece of blobs.read(part(blob, "rows"))) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  // A copy, since a view of four bytes each must start at a multiple of four.
  return new Uint32Array(Uint8Array.from(bytes).buffer, 0, bytes.length / ROW_BYTES);
}

/** The shard's request lines, each with its line feed, in blocks. */
export function readShardLines(blobs: Blobs, blob: string, signal?: AbortSignal): AsyncGenerator<Buffer[]> {
  return wholeLines(blobs.read(part(blob, "lines"), signal));
}

/** What the rows carry, in the order of the lines. */
export function readShardCarries(blobs: Blobs, blob: string, signal?: AbortSignal): AsyncGenerator<Buffer[]> {
  return wholeLines(blobs.read(part(blob, "carry"), signal));
}

/** Removes all but the rows' numbers. */
export async function dropShardLines(
  blobs: Blobs,
  blob: string,
  options: { carries: boolean },
): Promise<void> {
  await blobs.remove(part(blob, "lines"));
  if (options.carries) await blobs.remove(part(blob, "carry"));
}

const LINE_FEED = 0x0a;

async function* wholeLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let open: Buffer[] = [];
  for await (const piece of pieces) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      const last = piece.subarray(start, end + 1);
      lines.push(open.length > 0 ? Buffer.concat([...open, last]) : last);
      open = [];
      start = end + 1;
    }
    if (start < piece.length) open.push(piece.subarray(start));
    if (lines.length > 0) yield lines;
  }
}
