import { isJsonObject } from "../../datasets/json/exact-json.ts";
import { detectFormat } from "../../datasets/reading/dataset-format.ts";
import { readRows } from "../../datasets/reading/read-rows.ts";
import type { Fault } from "../../datasets/reading/source-row.ts";
import { kindOf } from "../../datasets/recipes/row-fault.ts";
import { UserError } from "../../errors.ts";
import { csvHeader, type KnownColumns } from "../../feedback/csv-header.ts";
import { recordsOrFaults } from "../../feedback/csv-records.ts";
import { rowOf } from "../../feedback/feedback-table.ts";
import type { ItemColumns } from "./item-columns.ts";
import { CHAT_COLUMNS, PROMPT_COLUMNS } from "./prompt-in-row.ts";
import { isResponseColumn } from "./responses-in-row.ts";
import { SHAPED_COLUMNS } from "./shapes/row-shapes.ts";

/** A row of a file of items, or why it is none; `place` begins a sentence about it: "mix.jsonl line 7". */
export type ItemRow = { place: string } & ({ row: Record<string, unknown> } | { fault: Fault });

/** By what a header is told from a row: all that the readers of prompts and responses know. */
const ITEM_COLUMNS: KnownColumns = {
  isPrompt: (name) =>
    PROMPT_COLUMNS.includes(name) || CHAT_COLUMNS.includes(name) || SHAPED_COLUMNS.includes(name),
  isNeeded: (name) => isResponseColumn(name) || SHAPED_COLUMNS.includes(name),
  isOther: (name) => ["input", "id", "models", "reference"].includes(name),
  needed: "a response",
};

interface CsvColumns {
  /** Of a CSV without a header; without them it must have one. */
  headerless?: readonly string[] | undefined;
  /** Columns that the user names: a CSV with them has them in its header. */
  named?: ItemColumns | undefined;
}

/**
 * The rows of any data file, in order. A CSV may have no header.
 * @throws UserError if the file cannot be read
 */
export async function* itemRows(
  path: string,
  columns: CsvColumns,
  signal?: AbortSignal,
): AsyncGenerator<ItemRow> {
  const { format } = await detectFormat(path);
  if (format === "csv" || format === "tsv") {
    yield* csvRows(path, columns, signal);
    return;
  }
  let number = 0;
  for await (const rows of readRows(path)) {
    signal?.throwIfAborted();
    for (const source of rows) {
      const place = `${path} ${format === "json-lines" ? `line ${source.line}` : `row ${number}`}`;
      number += 1;
      if ("fault" in source) yield { place, fault: source.fault };
      else if (isJsonObject(source.value)) yield { place, row: source.value };
      else yield { place, fault: notAnObject(source.value) };
    }
  }
}

async function* csvRows(path: string, columns: CsvColumns, signal?: AbortSignal): AsyncGenerator<ItemRow> {
  let names: readonly string[] | undefined;
  for await (const { place, fields, fault } of recordsOrFaults(path, signal)) {
    if (names === undefined) {
      const header = isNamed(fields, columns.named) ? fields : csvHeader(fields, ITEM_COLUMNS, path);
      names = header ?? columns.headerless;
      if (names === undefined) throw headerless(path);
      if (header) continue;
    }
    if (fault) yield { place, fault };
    else if (fields.length === names.length) yield { place, row: rowOf(names, fields) };
    else yield { place, fault: wrongCells(fields, names) };
  }
}

/** A header that has all columns that the user names needs no name that is known. */
function isNamed(fields: readonly string[], named: ItemColumns | undefined): boolean {
  return named !== undefined && Object.values(named).every((column) => fields.includes(column));
}

function headerless(path: string): UserError {
  return new UserError(
    `${path} has no header with a prompt and responses: put one in front, e.g. instruction,input,response1,response2.`,
  );
}

function notAnObject(value: unknown): Fault {
  return { reason: "not_an_object", message: `is ${kindOf(value)} where an object is needed` };
}

function wrongCells(fields: readonly string[], names: readonly string[]): Fault {
  const message = `has ${fields.length} cells where ${names.join(",")} are ${names.length}`;
  return { reason: "wrong_cell_count", message };
}
