import { textOf } from "../json/exact-json.ts";

/** A record of RFC 4180 with its line break. A line of one empty cell is quoted, since a blank line is no record. */
export function csvLine(values: readonly unknown[], counts: { replaced: number }): string {
  const cells = values.map((value) => cellOf(value, counts));
  return cells.length === 1 && cells[0] === "" ? '""\r\n' : `${cells.join(",")}\r\n`;
}

function cellOf(value: unknown, counts: { replaced: number }): string {
  const text = storableText(textOf(value), counts);
  return /[",\r\n]|^\uFEFF/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text as UTF-8 can hold it; a change is counted. */
export function storableText(text: string, counts: { replaced: number }): string {
  if (text.isWellFormed()) return text;
  counts.replaced++;
  return text.toWellFormed();
}
