import { isUtf8 } from "node:buffer";
import { UserError } from "../../errors.ts";
import { type PlacedLine, placedLines } from "../../lines/placed-lines.ts";
import { parseExactJson } from "../json/exact-json.ts";
import {
  type Fault,
  MAX_ROW_BYTES,
  malformedJson,
  NOT_UTF8,
  type SourceRow,
  type SourceRows,
} from "./source-row.ts";

/** Rows of a file that holds one JSON value a line. Blank lines are no rows; a line that cannot be read is a fault. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>, name: string): SourceRows {
  for await (const lines of rowLines(chunks, name)) {
    const rows: SourceRow[] = [];
    for (const { line, text } of lines) {
      const row = readLine(text, line);
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
  for await (const lines of rowLines(chunks, name)) {
    const rows: (SourceRow & { offset: number; bytes: number })[] = [];
    for (const { line, offset, text } of lines) {
      const row = readLine(text, line);
      if (row) rows.push({ ...row, offset, bytes: text.length });
    }
    if (rows.length > 0) yield rows;
  }
}

function rowLines(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<PlacedLine[]> {
  return placedLines(chunks, (bytes) => {
    if (bytes <= MAX_ROW_BYTES) return;
    const sentence = `${name} has a line longer than ${MAX_ROW_BYTES} bytes: is it really one row a line?`;
    throw new UserError(sentence);
  });
}

function readLine(whole: Buffer, line: number): SourceRow | undefined {
  const bytes = line === 1 ? withoutMark(whole) : whole;
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

/** Without the byte order mark that some programs put in front of UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
