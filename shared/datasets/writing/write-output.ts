import { AtomicFile } from "./atomic-file.ts";
import { csvLine } from "./csv-line.ts";
import { memberOf } from "./member-of.ts";
import type { Output, OutputFormat, Written } from "./output.ts";
import { writeParquet } from "./parquet-output.ts";

/**
 * Writes rows to a file that appears whole or not at all, with memory for one block of them. JSON is an array with a row
 * a line; in CSV (RFC 4180) and Parquet (columns without a type text) null is an empty cell or null, and what is no text is JSON.
 * @throws UserError if the folder cannot be written to or the disk is full; an older file at `path` is then untouched
 */
export async function writeOutput(output: Output): Promise<Written> {
  if (output.format === "parquet") return await writeParquet(output);
  await using file = await AtomicFile.create(output.path);
  const written = await writers[output.format](file, output.rows, output.columns);
  await file.commit();
  return { ...written, bytes: file.bytes };
}

type Writer = (
  file: AtomicFile,
  rows: AsyncIterable<object>,
  columns: readonly string[] | undefined,
) => Promise<{ rows: number; replaced: number }>;

const writers: Record<Exclude<OutputFormat, "parquet">, Writer> = {
  json: async (file, rows) => {
    let count = 0;
    for await (const row of rows) {
      file.append(`${count++ === 0 ? "[\n" : ",\n"}${JSON.stringify(row)}`);
      if (file.full) await file.flush();
    }
    file.append(count === 0 ? "[]\n" : "\n]\n");
    return { rows: count, replaced: 0 };
  },
  jsonl: async (file, rows) => {
    let count = 0;
    for await (const row of rows) {
      count++;
      file.append(`${JSON.stringify(row)}\n`);
      if (file.full) await file.flush();
    }
    return { rows: count, replaced: 0 };
  },
  csv: async (file, rows, given) => {
    const counts = { rows: 0, replaced: 0 };
    let columns = given;
    if (columns) file.append(csvLine(columns, counts));
    for await (const row of rows as AsyncIterable<Record<string, unknown>>) {
      if (!columns) {
        columns = Object.keys(row);
        file.append(csvLine(columns, counts));
      }
      counts.rows++;
      file.append(
        csvLine(
          columns.map((column) => memberOf(row, column)),
          counts,
        ),
      );
      if (file.full) await file.flush();
    }
    return counts;
  },
};
