import { isUtf8 } from "node:buffer";
import { UserError } from "../../errors.ts";
import { type CsvRecord, CsvScanner } from "./csv-scanner.ts";
import { withoutMark } from "./json-lines.ts";
import type { SourceRow, SourceRows } from "./source-row.ts";

const LINE_FEED = 0x0a;

/**
 * Rows of a CSV file with a header, as objects of text: no type is guessed and an empty cell is empty text. Blank lines
 * are no rows; a row with more or fewer cells than the header is a fault.
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>, name: string, separator: string): SourceRows {
  const scanner = new CsvScanner(separator, name);
  let header: string[] | undefined;
  for await (const text of wholeLines(chunks, name)) {
    let records = scanner.scan(text).filter((record) => !isBlank(record));
    if (header === undefined && records.length > 0) {
      header = headerOf(records[0]!, name);
      records = records.slice(1);
    }
    if (records.length > 0) yield records.map((record) => toRow(record, header!));
  }
  const last = scanner.end().filter((record) => !isBlank(record));
  if (header === undefined && last.length > 0) headerOf(last[0]!, name);
  else if (last.length > 0) yield last.map((record) => toRow(record, header!));
}

const isBlank = ({ fields, quoted }: CsvRecord) => fields.length === 1 && fields[0] === "" && !quoted;

function headerOf({ fields, line, fault }: CsvRecord, name: string): string[] {
  if (fault) throw new UserError(`${name} line ${line}, the header, ${fault.message}: mend it.`);
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice !== undefined) {
    throw new UserError(`${name} has two columns named "${twice}" in its header: rename one of them.`);
  }
  return fields;
}

function toRow({ fields, line, fault }: CsvRecord, header: string[]): SourceRow {
  if (fault) return { line, fault };
  if (fields.length !== header.length) {
    const message = `has ${fields.length} cells where the header has ${header.length}`;
    return { line, fault: { reason: "wrong_cell_count", message } };
  }
  return { line, value: Object.fromEntries(header.map((column, index) => [column, fields[index]])) };
}

/** The text in pieces that end with a line, so that no character is cut. @throws UserError if it is not UTF-8 */
async function* wholeLines(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<string> {
  let line = 1;
  let rest: Buffer[] = [];
  let first = true;
  const decode = (bytes: Buffer) => {
    const text = (first ? withoutMark(bytes) : bytes).toString();
    first = false;
    if (text.includes("\uFFFD") && !isUtf8(bytes)) throw notUtf8(bytes, line, name);
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) line++;
    return text;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) rest.push(chunk);
    else {
      yield decode(Buffer.concat([...rest, chunk.subarray(0, end)]));
      rest = [chunk.subarray(end)];
    }
  }
  const tail = Buffer.concat(rest);
  if (tail.length > 0) yield decode(tail);
}

function notUtf8(bytes: Buffer, firstLine: number, name: string): UserError {
  let line = firstLine;
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    line++;
    start = end + 1;
  }
  return new UserError(`${name} line ${line} is not valid UTF-8 text: save the file as UTF-8.`);
}
