import { isJsonObject } from "../datasets/json/exact-json.ts";
import { detectFormat } from "../datasets/reading/dataset-format.ts";
import { readRows } from "../datasets/reading/read-rows.ts";
import { kindOf } from "../datasets/recipes/row-fault.ts";
import { UserError } from "../errors.ts";

/** A row as its file holds it; `place` begins a sentence about it: "data.jsonl line 7", "data.json row 6". */
export interface PlacedRow {
  place: string;
  row: Record<string, unknown>;
}

/**
 * The rows of a JSON, JSONL, CSV (with a header) or Parquet file, one by one and in order. Lines count from 1; rows of
 * formats without lines count from 0, as everywhere in Assay.
 * @throws UserError for the first row that cannot be read or is no object, and for a file without rows
 */
export async function* placedRows(path: string, signal?: AbortSignal): AsyncGenerator<PlacedRow> {
  const { format } = await detectFormat(path);
  const hasLines = format === "json-lines" || format === "csv" || format === "tsv";
  let number = 0;
  for await (const rows of readRows(path)) {
    signal?.throwIfAborted();
    for (const source of rows) {
      const place = `${path} ${hasLines ? `line ${source.line}` : `row ${number}`}`;
      number += 1;
      if ("fault" in source) throw new UserError(`${place} ${source.fault.message}: mend or remove it.`);
      if (!isJsonObject(source.value)) {
        throw new UserError(
          `${place} is ${kindOf(source.value)} where an object is needed: mend or remove it.`,
        );
      }
      yield { place, row: source.value };
    }
  }
  if (number === 0) throw new UserError(`${path} holds no rows: give a file that has some.`);
}

/** The text in the first of the columns that the row has. @throws UserError if it has none of them, or no text there */
export function textIn({ place, row }: PlacedRow, ...columns: string[]): string {
  const column = columns.find((name) => Object.hasOwn(row, name));
  if (column === undefined) {
    throw new UserError(
      `${place} has no "${columns.join('" or "')}", only ${namesOf(row)}: add or rename that column.`,
    );
  }
  const value = row[column];
  if (typeof value === "string") return value;
  throw new UserError(`${place} has ${kindOf(value)} in "${column}" where text is needed: mend it.`);
}

/** The row's input; one that is missing or null is an empty one. @throws UserError if it is no text */
export function inputOf(placed: PlacedRow): string {
  const { input } = placed.row;
  return input === undefined || input === null ? "" : textIn(placed, "input");
}

/** What a row has, for a sentence. */
export function namesOf(row: Record<string, unknown>): string {
  const names = Object.keys(row);
  if (names.length === 0) return "nothing at all";
  const shown = names.slice(0, 8).map(shortName);
  return names.length > shown.length ? `${shown.join(", ")} and others` : shown.join(", ");
}

const MOST_CHARACTERS = 40;

/** What stands in front of a CSV without a header may be a whole text. */
function shortName(name: string): string {
  const text = name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS).toWellFormed()}...` : name;
  return JSON.stringify(text);
}
