import type { DuckDBDataChunk } from "@duckdb/node-api";
import { messageOf, UserError } from "../../errors.ts";
import { openDuckDb, sqlFile } from "../children/duckdb.ts";
import { type ParquetColumn, parquetColumns } from "./parquet-columns.ts";
import type { SourceRow, SourceRows } from "./source-row.ts";

const BATCH_CHARACTERS = 16_000_000;

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
      yield* rowsOf(chunk, columns);
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

/** Rows of a chunk, a batch at a time: the texts of a whole chunk may be of gigabytes. */
function* rowsOf(chunk: DuckDBDataChunk, columns: readonly ParquetColumn[]): Generator<SourceRow[]> {
  const vectors = columns.map((_, index) => chunk.getColumnVector(index));
  let rows: SourceRow[] = [];
  let characters = 0;
  for (let row = 0; row < chunk.rowCount; row++) {
    const value = columns.map(({ name, parse }, index): [string, unknown] => {
      const text = vectors[index]!.getItem(row) as string | null;
      characters += text?.length ?? 0;
      return [name, text === null ? null : parse(text)];
    });
    rows.push({ line: 0, value: Object.fromEntries(value) });
    if (characters < BATCH_CHARACTERS) continue;
    yield rows;
    [rows, characters] = [[], 0];
  }
  if (rows.length > 0) yield rows;
}

const firstLine = (text: string) => text.split("\n", 1)[0]!;
