import { fileBytes } from "../../../shared/datasets/reading/file-bytes.ts";

const LINE_FEED = 0x0a;

/** Where a line lies in its file; `bytes` without the line feed. */
export interface LinePlace {
  offset: number;
  bytes: number;
}

export interface StoredLine extends LinePlace {
  /** Its number, from 1. */
  line: number;
  text: Buffer;
}

/** The lines of a file in blocks as they are read, with their places; empty ones are left out, and counted. */
export async function* storedLines(path: string): AsyncGenerator<StoredLine[]> {
  let open: Buffer[] = [];
  let offset = 0;
  let line = 0;
  for await (const chunk of fileBytes(path, "none")) {
    const lines: StoredLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end);
      // Not copied but where it must be: a file may have a million lines.
      const text = open.length === 0 ? piece : Buffer.concat([...open, piece]);
      line += 1;
      if (text.length > 0) lines.push({ line, offset, bytes: text.length, text });
      offset += text.length + 1;
      open = [];
      start = end + 1;
    }
    open.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  const text = Buffer.concat(open);
  if (text.length > 0) yield [{ line: line + 1, offset, bytes: text.length, text }];
}
