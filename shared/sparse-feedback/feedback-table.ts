import { CsvScanner } from "../datasets/csv-scanner.ts";
import { detectFormat } from "../datasets/dataset-format.ts";
import { type Compression, fileBytes } from "../datasets/file-bytes.ts";
import { UserError } from "../errors.ts";
import { type PlacedRow, placedRows } from "./placed-rows.ts";

/**
 * The rows of a file of feedback. Its tools write CSV without a header; one that has a header is read by it, with further
 * columns and in any order, and so are JSON, JSONL and Parquet.
 * @param columns of a CSV without a header; the last is the verdict. A first line that names the first and the last of
 * them is a header: no verdict could be called that.
 * @throws UserError for the first row that cannot be read, and for a file without rows
 */
export async function* feedbackTable(
  path: string,
  columns: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<PlacedRow> {
  const { format, compression } = await detectFormat(path);
  if (format !== "csv" && format !== "tsv") {
    yield* placedRows(path, signal);
    return;
  }
  let names: readonly string[] | undefined;
  let some = false;
  for await (const { fields, line, fault } of records(path, compression, format === "csv" ? "," : "\t")) {
    signal?.throwIfAborted();
    const place = `${path} line ${line}`;
    if (fault) throw new UserError(`${place} ${fault.message}: mend or remove it.`);
    if (names === undefined) {
      const header = headerIn(fields, columns, path);
      names = header ?? columns;
      if (header) continue;
    }
    if (fields.length !== names.length) throw wrongCellCount(place, fields.length, names);
    yield { place, row: Object.fromEntries(names.map((name, at) => [name, fields[at]])) };
    some = true;
  }
  if (!some) throw new UserError(`${path} holds no rows: give a file that has some.`);
}

function headerIn(
  fields: readonly string[],
  columns: readonly string[],
  path: string,
): readonly string[] | undefined {
  const names = fields.map((field) => field.trim());
  if (!names.includes(columns[0]!) || !names.includes(columns.at(-1)!)) return undefined;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return names;
  throw new UserError(`${path} has two columns named "${twice}" in its header: rename one of them.`);
}

function wrongCellCount(place: string, cells: number, names: readonly string[]): UserError {
  return new UserError(
    `${place} has ${cells} cells where ${names.join(",")} are ${names.length}: mend it, or put a header in front.`,
  );
}

/** Records of a CSV, blank lines left out. */
async function* records(path: string, compression: Compression, separator: string) {
  const scanner = new CsvScanner(separator, path);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const decode = (chunk?: Buffer) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      const before = chunk?.toString().split("\uFFFD", 1)[0] ?? "";
      throw new UserError(
        `${path} is not valid UTF-8 text near line ${line + lineFeeds(before)}: save the file as UTF-8.`,
        { cause },
      );
    }
  };
  for await (const chunk of fileBytes(path, compression)) {
    const text = decode(chunk);
    yield* notBlank(scanner.scan(text));
    line += lineFeeds(text);
  }
  yield* notBlank(scanner.scan(decode()));
  yield* notBlank(scanner.end());
}

function notBlank(all: ReturnType<CsvScanner["scan"]>) {
  return all.filter(({ fields, quoted }) => fields.length > 1 || fields[0] !== "" || quoted);
}

const lineFeeds = (text: string) => text.split("\n").length - 1;
