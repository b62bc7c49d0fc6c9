import type { DuckDBDataChunk } from "@duckdb/node-api";
import { messageOf, UserError } from "../errors.ts";
import { openDuckDb, sqlFile, sqlName } from "./duckdb.ts";
import { parseExactJson } from "./exact-json.ts";
import type { SourceRow, SourceRows } from "./source-row.ts";

/**
 * Rows of a Parquet file in their order. Text comes as it is; every other type as DuckDB writes it in JSON: numbers
 * exactly, dates as ISO text, lists and structs as arrays and objects; not-a-number and infinity as null.
 */
export async function* readParquet(path: string, name: string): SourceRows {
  const file = `[${sqlFile(path)}]`;
  const { connection, close } = await openDuckDb({ rowBytes: await rowBytesOf(file, name) });
  try {
    const columns = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${file})`);
    const described = columns
      .getRows()
      .map(([column, type]) => ({ column: String(column), type: String(type) }));
    const selected = described.map(({ column, type }) =>
      type === "VARCHAR" ? sqlName(column) : `to_json(${sqlName(column)})::VARCHAR`,
    );
    const result = await connection.stream(`SELECT ${selected.join(", ")} FROM read_parquet(${file})`);
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      yield rowsOf(chunk, described);
    }
  } catch (cause) {
    throw notParquet(name, cause);
  } finally {
    close();
  }
}

/** Mean length of a row, as the file's own description has it. */
async function rowBytesOf(file: string, name: string): Promise<number> {
  const { connection, close } = await openDuckDb();
  try {
    const sizes = await connection.runAndReadAll(
      `SELECT (SELECT sum(total_uncompressed_size) FROM parquet_metadata(${file}))::DOUBLE
       / (SELECT sum(num_rows) FROM parquet_file_metadata(${file}))`,
    );
    return Number(sizes.getRows()[0]?.[0] ?? 0);
  } catch (cause) {
    throw notParquet(name, cause);
  } finally {
    close();
  }
}

function notParquet(name: string, cause: unknown): UserError {
  return new UserError(
    `${name} cannot be read as Parquet (${firstLine(messageOf(cause))}): write it again.`,
    { cause },
  );
}

function rowsOf(chunk: DuckDBDataChunk, columns: { column: string; type: string }[]): SourceRow[] {
  const values = columns.map(({ type }, index) => {
    const texts = chunk.getColumnValues(index) as (string | null)[];
    return type === "VARCHAR" ? texts : texts.map((text) => (text === null ? null : parseDuckDbJson(text)));
  });
  return Array.from({ length: chunk.rowCount }, (_, row) => ({
    line: 0,
    value: Object.fromEntries(columns.map(({ column }, index) => [column, values[index]![row]])),
  }));
}

/** DuckDB writes NaN and Infinity bare, which JSON does not have. */
function parseDuckDbJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return parseExactJson(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|nan|Infinity|inf)\b/g, (found) =>
        found.startsWith('"') ? found : "null",
      ),
    );
  }
}

const firstLine = (text: string) => text.split("\n", 1)[0]!;
