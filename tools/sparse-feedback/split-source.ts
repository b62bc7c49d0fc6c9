import { constants } from "node:buffer";
import { detectFormat } from "../../shared/datasets/reading/dataset-format.ts";
import { fileBytes } from "../../shared/datasets/reading/file-bytes.ts";
import type { ColumnRoles } from "../../shared/datasets/recipes/column-roles.ts";
import { csvLine } from "../../shared/datasets/writing/csv-line.ts";
import { UserError } from "../../shared/errors.ts";
import { csvRecords } from "../../shared/feedback/csv-records.ts";
import { kindOfCells } from "../../shared/feedback/feedback-kind.ts";
import { rowOf, wrongCellCount } from "../../shared/feedback/feedback-table.ts";
import { type PlacedRow, placedRows } from "../../shared/feedback/placed-rows.ts";
import { promptIdentity } from "../../shared/prompts/prompt-identity.ts";
import { rowPrompt } from "./row-prompt.ts";

/** A row as its part will hold it, and what it answers. */
export interface SplitEntry {
  prompt: string;
  text: string;
}

/** What stands around the rows of a file, and the ending of its name. */
export interface SplitSource {
  ending: ".json" | ".jsonl" | ".csv";
  frame: { open: string; between: string; close: string };
  entries: AsyncGenerator<SplitEntry>;
}

/** What the first piece of a file of reward model pairs looks like: {"prompt": {"sentences": ... */
const PAIRS = /^\uFEFF?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"sentences"\s*:/;
const LIST = { open: "[\n", between: ",\n", close: "\n]\n" };
const OBJECT = { open: "{\n", between: ",\n", close: "\n}\n" };
const LINES = { open: "", between: "\n", close: "\n" };

/**
 * Opens a file to be split, whatever it holds: rows of JSON, JSONL, CSV or Parquet (written as JSONL), feedback without a
 * header, or reward model pairs, of which each prompt is a row. @throws UserError naming the place, here or while reading
 */
export async function openSplitSource(
  path: string,
  roles?: ColumnRoles,
  signal?: AbortSignal,
): Promise<SplitSource> {
  const { format, compression } = await detectFormat(path);
  if (format === "csv" || format === "tsv") return await openCsv(path, roles, signal);
  if (format === "json-array") {
    return { ending: ".json", frame: LIST, entries: jsonEntries(path, roles, signal) };
  }
  if (format === "json-lines") {
    const bytes = fileBytes(path, compression);
    for await (const first of bytes) {
      if (!PAIRS.test(first.toString())) break;
      return { ending: ".json", frame: OBJECT, entries: pairEntries(path, fileBytes(path, compression)) };
    }
  }
  return { ending: ".jsonl", frame: LINES, entries: jsonEntries(path, roles, signal) };
}

async function* jsonEntries(
  path: string,
  roles?: ColumnRoles,
  signal?: AbortSignal,
): AsyncGenerator<SplitEntry> {
  for await (const placed of placedRows(path, signal)) {
    yield { prompt: rowPrompt(placed, roles), text: JSON.stringify(placed.row) };
  }
}

/** One JSON value cannot be read in pieces: pairs are held as a whole, as their trainers do. */
async function* pairEntries(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<SplitEntry> {
  const whole = Buffer.concat(await listOf(bytes));
  if (whole.length > constants.MAX_STRING_LENGTH) {
    throw new UserError(
      `${path} is too large for one JSON value: split the rankings instead, before \`pairs\`.`,
    );
  }
  for (const [key, pairs] of Object.entries(parsePairs(whole, path))) {
    yield { prompt: promptIdentity(key), text: `${JSON.stringify(key)}: ${JSON.stringify(pairs)}` };
  }
}

function parsePairs(whole: Buffer, path: string): object {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(whole)) as object;
  } catch (cause) {
    throw new UserError(`${path} begins like reward model pairs but is not valid JSON: make it again.`, {
      cause,
    });
  }
}

async function listOf(bytes: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const list: Buffer[] = [];
  for await (const chunk of bytes) list.push(chunk);
  return list;
}

/** A first line whose last cell is a verdict is feedback without a header; any other is the header. */
async function openCsv(path: string, roles?: ColumnRoles, signal?: AbortSignal): Promise<SplitSource> {
  const records = csvRecords(path, signal);
  const first = await records.next();
  if (first.done) throw new UserError(`${path} holds no rows: give a file that has some.`);
  const { fields, place } = first.value;
  const isFeedback = kindOfCells(fields) !== undefined;
  const names = isFeedback ? ["instruction", "input", ...fields.slice(2).map((_, at) => `${at}`)] : fields;
  const entryOf = (record: PlacedRow["place"], cells: readonly string[]): SplitEntry => {
    if (cells.length !== names.length) throw wrongCellCount(record, cells.length, names);
    return { prompt: rowPrompt({ place: record, row: rowOf(names, cells) }, roles), text: lineOf(cells) };
  };
  const entries = async function* () {
    if (isFeedback) yield entryOf(place, fields);
    for await (const record of records) yield entryOf(record.place, record.fields);
  };
  const frame = isFeedback ? LINES : { ...LINES, open: `${lineOf(fields)}\n` };
  return { ending: ".csv", frame, entries: entries() };
}

/** Cells come from valid UTF-8, so that nothing in them can need replacing. */
function lineOf(cells: readonly string[]): string {
  return csvLine(cells, { replaced: 0 }).slice(0, -"\r\n".length);
}
