import { isUtf8 } from "node:buffer";
import { UserError } from "../../errors.ts";
import { parseExactJson } from "../json/exact-json.ts";
import {
  type Fault,
  MAX_ROW_BYTES,
  malformedJson,
  NOT_UTF8,
  type SourceRow,
  type SourceRows,
} from "./source-row.ts";

const LINE_FEED = 0x0a;

/** Rows of a file that holds one JSON value a line. Blank lines are no rows; a line that cannot be read is a fault. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>, name: string): SourceRows {
  let line = 0;
  for await (const lines of splitLines(chunks, name)) {
    const rows: SourceRow[] = [];
    for (const bytes of lines) {
      line++;
      const row = readLine(line === 1 ? withoutMark(bytes) : bytes, line);
      if (row) rows.push(row);
    }
    if (rows.length > 0) yield rows;
  }
}

/** As `readJsonLines`, each row with the place of its line in the file: byte offset, and bytes without the line feed. */
export async function* readPlacedLines(
  chunks: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<(SourceRow & { offset: number; bytes: number })[]> {
  let line = 0;
  let offset = 0;
  for await (const lines of splitLines(chunks, name)) {
    const rows: (SourceRow & { offset: number; bytes: number })[] = [];
    for (const bytes of lines) {
      line++;
      const row = readLine(line === 1 ? withoutMark(bytes) : bytes, line);
      if (row) rows.push({ ...row, offset, bytes: bytes.length });
      offset += bytes.length + 1;
    }
    if (rows.length > 0) yield rows;
  }
}

function readLine(bytes: Buffer, line: number): SourceRow | undefined {
  const text = bytes.toString();
  if (text.trim() === "") return undefined;
  // Only a replacement character in the text can hide bytes that are no UTF-8.
  if (text.includes("\uFFFD") && !isUtf8(bytes)) return { line, fault: NOT_UTF8 };
  try {
    return { line, value: parseExactJson(text) };
  } catch (error) {
    return { line, fault: line === 1 && goesOn(text) ? SEVERAL_LINES : malformedJson(error) };
  }
}

/** A line on which an object only begins: the file is one object, written over several lines for people. */
const goesOn = (text: string) => /^\s*\{(?:.*[,{[])?\s*$/s.test(text);

const SEVERAL_LINES: Fault = {
  reason: "malformed_json",
  message:
    "is not valid JSON: an object begins on it that goes on over several lines, where each row must be whole on its line (JSONL) or all stand in one array",
};

/** Whole lines without their line feed, in batches as they arrive. Long lines are put together only once. */
async function* splitLines(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer[]> {
  let open: Buffer[] = [];
  let openBytes = 0;
  for await (const chunk of chunks) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end);
      lines.push(open.length > 0 ? Buffer.concat([...open, piece]) : piece);
      open = [];
      openBytes = 0;
      start = end + 1;
    }
    open.push(chunk.subarray(start));
    openBytes += chunk.length - start;
    if (openBytes > MAX_ROW_BYTES) {
      throw new UserError(
        `${name} has a line longer than ${MAX_ROW_BYTES} bytes: is it really one row a line?`,
      );
    }
    if (lines.length > 0) yield lines;
  }
  if (openBytes > 0) yield [Buffer.concat(open)];
}

/** Without the byte order mark that some programs put in front of UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
