import type { DuckDBDataChunk } from "@duckdb/node-api";
import { messageOf, UserError } from "../errors.ts";
import { openDuckDb, sqlFile } from "./duckdb.ts";
import { type ParquetColumn, parquetColumns } from "./parquet-columns.ts";
import type { SourceRow, SourceRows } from "./source-row.ts";

/**
 * Rows of a Parquet file in their order. Text comes as it is, also where the file calls it binary; every other
 * type as DuckDB writes it in JSON: numbers with their digits, dates as ISO text, lists and structs as arrays and objects; not-a-number and infinity as null.
 */
export async function* readParquet(path: string, name: string): SourceRows {
  const file = `[${sqlFile(path)}]`;
  const { connection, close } = await openDuckDb({ rowBytes: await rowBytesOf(file, name) });
  try {
    const columns = await parquetColumns(connection, file);
    const expressions = columns.map(({ expression }) => expression).join(", ");
    const result = await connection.stream(`SELECT ${expressions} FROM read_parquet(${file})`);
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      yield rowsOf(chunk, columns);
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

function rowsOf(chunk: DuckDBDataChunk, columns: readonly ParquetColumn[]): SourceRow[] {
  const values = columns.map(({ parse }, index) =>
    (chunk.getColumnValues(index) as (string | null)[]).map((text) => (text === null ? null : parse(text))),
  );
  return Array.from({ length: chunk.rowCount }, (_, row) => ({
    line: 0,
    value: Object.fromEntries(columns.map(({ name }, index) => [name, values[index]![row]])),
  }));
}

const firstLine = (text: string) => text.split("\n", 1)[0]!;
