import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, UserError } from "../../errors.ts";
import { makeFolder } from "../../installation/make-folder.ts";
import { openDuckDb, sqlFile, sqlName, sqlText } from "../children/duckdb.ts";
import { isJsonObject, textOf } from "../json/exact-json.ts";
import { AtomicFile, moveIntoPlace, removeQuietly, temporaryName, unwritable } from "./atomic-file.ts";
import { storableText } from "./csv-line.ts";
import { memberOf } from "./member-of.ts";
import type { Output, Written } from "./output.ts";

/** Uncompressed size of a row group: what a writer and a reader must hold of it at least. */
const GROUP_BYTES = 16 * 1024 * 1024;
const MAX_GROUP_ROWS = 122_880;

/** The rows as JSON lines in which every value is text, of its column's type or null, so that DuckDB need not guess. */
interface TextLines {
  file: AtomicFile;
  columns: readonly string[];
  types: Readonly<Record<string, string>>;
  rows: number;
  replaced: number;
  longest: number;
}

/**
 * Writes rows as Parquet; a column without a type is text. They lie beside the output as JSON lines meanwhile, from where DuckDB streams
 * them: appended from JavaScript its chunks are freed too late, which takes 2 GB for a million rows.
 */
export async function writeParquet(output: Omit<Output, "format">): Promise<Written> {
  const { path } = output;
  await using file = await AtomicFile.create(path);
  const lines = await writeTextLines(file, output);
  refuseNames(lines.columns, path);
  const temporary = temporaryName(path);
  try {
    await makeFolder(dirname(path));
    await copyToParquet(lines, temporary);
    await using handle = await open(temporary, "r+");
    await handle.sync();
    const { size } = await handle.stat();
    await moveIntoPlace(temporary, path);
    return { rows: lines.rows, replaced: lines.replaced, bytes: size };
  } catch (cause) {
    throw unwritable(path, diskErrorOf(cause));
  } finally {
    await removeQuietly(temporary);
  }
}

async function writeTextLines(
  file: AtomicFile,
  { rows, columns: given, types = {} }: Omit<Output, "format">,
): Promise<TextLines> {
  const lines: TextLines = { file, columns: given ?? [], types, rows: 0, replaced: 0, longest: 0 };
  for await (const row of rows as AsyncIterable<Record<string, unknown>>) {
    if (!given && lines.rows === 0) lines.columns = Object.keys(row);
    const before = file.bytes;
    const cells = lines.columns.map((name, at) => [
      `c${at}`,
      Object.hasOwn(types, name) ? typedCell(memberOf(row, name), lines) : cellOf(memberOf(row, name), lines),
    ]);
    file.append(`${JSON.stringify(Object.fromEntries(cells))}\n`);
    lines.rows++;
    lines.longest = Math.max(lines.longest, file.bytes - before);
    if (file.full) await file.flush();
  }
  await file.flush();
  if (lines.columns.length > 0) return lines;
  throw new UserError("There is no row to write as Parquet: choose another format.", { exitCode: 3 });
}

/** DuckDB would call the later of two such columns something else, and knows no column without a name. */
function refuseNames(columns: readonly string[], path: string): void {
  if (columns.includes("")) {
    throw new UserError(
      `${path} cannot be Parquet with a column that has no name: choose json, jsonl or csv.`,
    );
  }
  const lower = columns.map((name) => name.toLowerCase());
  const at = lower.findIndex((name, place) => lower.indexOf(name) !== place);
  if (at < 0) return;
  const both = `${JSON.stringify(columns[lower.indexOf(lower[at]!)])} and ${JSON.stringify(columns[at])}`;
  throw new UserError(
    `${path} cannot be Parquet with the columns ${both}, which differ by case alone: choose json, jsonl or csv.`,
  );
}

async function copyToParquet(
  { file, columns, types, rows, longest }: TextLines,
  target: string,
): Promise<void> {
  const rowBytes = file.bytes / Math.max(rows, 1);
  const groupRows = Math.floor(GROUP_BYTES / Math.max(rowBytes, 1));
  const kinds = columns
    .map((name, at) => `c${at}: ${sqlText(Object.hasOwn(types, name) ? types[name]! : "VARCHAR")}`)
    .join(", ");
  const names = columns.map((name, at) => `c${at} AS ${sqlName(name)}`).join(", ");
  const source = `read_json(${sqlFile(file.temporary)}, format = 'newline_delimited',
    columns = {${kinds}}, maximum_object_size = ${longest + 1024})`;
  const { connection, close } = await openDuckDb({ spillFolder: `${target}.spill`, rowBytes });
  try {
    await connection.run(
      `COPY (SELECT ${names} FROM ${source}) TO ${sqlText(target)}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${Math.min(Math.max(groupRows, 2048), MAX_GROUP_ROWS)})`,
    );
  } finally {
    close();
    await removeQuietly(`${target}.spill`);
  }
}

function cellOf(value: unknown, counts: { replaced: number }): string | null {
  return value === null || value === undefined ? null : storableText(textOf(value), counts);
}

/** A value of another type than text, its texts as UTF-8 can hold them. */
function typedCell(value: unknown, counts: { replaced: number }): unknown {
  if (typeof value === "string") return storableText(value, counts);
  if (Array.isArray(value)) return value.map((part) => typedCell(part, counts));
  if (!isJsonObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, typedCell(part, counts)]));
}

/** DuckDB tells in words only what went wrong, and at length. */
function diskErrorOf(error: unknown): unknown {
  const words = messageOf(error);
  if (/no space left|disk quota/i.test(words)) return { code: "ENOSPC" };
  if (!words.startsWith("Out of Memory")) return error;
  return new UserError(
    "The rows are too long to be written as Parquet on this machine: choose json or jsonl.",
    {
      cause: error,
      exitCode: 3,
    },
  );
}
