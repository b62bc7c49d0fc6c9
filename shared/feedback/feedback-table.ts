import { detectFormat } from "../datasets/reading/dataset-format.ts";
import { UserError } from "../errors.ts";
import { csvHeader, type KnownColumns } from "./csv-header.ts";
import { csvRecords } from "./csv-records.ts";
import { type PlacedRow, placedRows } from "./placed-rows.ts";

/**
 * The rows of a file of feedback. Its tools write CSV without a header; one that has a header is read by it, with further
 * columns and in any order, and so are JSON, JSONL and Parquet.
 * @param columns of a CSV without a header; the last is the verdict. A first line that names the first and the last of
 * them, in any case, is a header: no verdict could be called that.
 * @throws UserError for the first row that cannot be read, and for a file without rows
 */
export async function* feedbackTable(
  path: string,
  columns: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<PlacedRow> {
  const { format } = await detectFormat(path);
  if (format !== "csv" && format !== "tsv") {
    yield* placedRows(path, signal);
    return;
  }
  let names: readonly string[] | undefined;
  let some = false;
  for await (const { place, fields } of csvRecords(path, signal)) {
    if (names === undefined) {
      const header = csvHeader(fields, knownColumns(columns), path);
      names = header ?? columns;
      if (header) continue;
    }
    if (fields.length !== names.length) throw wrongCellCount(place, fields.length, names);
    yield { place, row: rowOf(names, fields) };
    some = true;
  }
  if (!some) throw new UserError(`${path} holds no rows: give a file that has some.`);
}

/** The cells by the names of their columns. */
export function rowOf(names: readonly string[], fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, at) => [name, fields[at]]));
}

/** Columns that readers of feedback know besides those of files without a header. */
const OTHER_NAMES = /^(output|response)\d*$|^(model|generator|dataset|reference|responses)$/;

/** The first is what was asked, the last the verdict. */
function knownColumns(columns: readonly string[]): KnownColumns {
  const verdict = columns.at(-1)!;
  return {
    isPrompt: (name) => name === columns[0],
    isNeeded: (name) => name === verdict,
    isOther: (name) => columns.includes(name) || OTHER_NAMES.test(name),
    needed: `the ${verdict}`,
  };
}

export function wrongCellCount(place: string, cells: number, names: readonly string[]): UserError {
  const other = OTHER_KIND[names.at(-1)!];
  const way =
    other?.cells === cells
      ? `those of ${other.kind} are as many: give the file as such, or mend it.`
      : "mend it, or put a header in front.";
  return new UserError(`${place} has ${cells} cells where ${names.join(",")} are ${names.length}: ${way}`);
}

/** What is easily given in place of the other, by the column of the verdict. */
const OTHER_KIND: Partial<Record<string, { kind: string; cells: number }>> = {
  rating: { kind: "rankings", cells: 5 },
  ranking: { kind: "ratings", cells: 4 },
};
