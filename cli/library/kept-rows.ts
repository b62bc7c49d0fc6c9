import { type FileHandle, open } from "node:fs/promises";

/** Rows of a JSONL file by their number; only where each begins is held in memory. */
export interface KeptRows<Row> extends AsyncDisposable {
  at(row: number): Promise<Row>;
}

const PIECE_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export async function openKeptRows<Row>(path: string): Promise<KeptRows<Row>> {
  const file = await open(path);
  const begins = await lineBegins(file);
  return {
    at: async (row) => {
      const from = begins[row]!;
      const bytes = Buffer.alloc(begins[row + 1]! - from);
      await file.read(bytes, 0, bytes.length, from);
      return JSON.parse(bytes.toString("utf8")) as Row;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

async function lineBegins(file: FileHandle): Promise<number[]> {
  const begins = [0];
  const piece = Buffer.alloc(PIECE_BYTES);
  for (let from = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, from);
    if (bytesRead === 0) return begins;
    const bytes = piece.subarray(0, bytesRead);
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1))
      begins.push(from + at + 1);
    from += bytesRead;
  }
}
