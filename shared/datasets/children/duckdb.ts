import { tmpdir, totalmem } from "node:os";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { allowForRows } from "./child-memory.ts";

const LEAST_MEMORY_BYTES = 192 * 1000 * 1000;
/** DuckDB handles rows by the vector and holds some vectors at once, so that long rows need memory in proportion. */
const VECTOR_ROWS = 2048;
const VECTORS_AT_ONCE = 4;

/**
 * A private DuckDB with bounded memory that keeps the order of rows. Close it when done.
 * @param options.rowBytes mean length of a row; more than some 20 kB raises the bound, to half of the machine at most
 */
export async function openDuckDb(
  options: { spillFolder?: string; rowBytes?: number } = {},
): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const needed = Math.max(LEAST_MEMORY_BYTES, (options.rowBytes ?? 0) * VECTOR_ROWS * VECTORS_AT_ONCE);
  const memory = Math.ceil(Math.min(needed, totalmem() / 2));
  allowForRows(memory);
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${memory}B`,
    threads: "1",
    preserve_insertion_order: "true",
    temp_directory: options.spillFolder ?? tmpdir(),
    autoinstall_known_extensions: "false",
  });
  const connection = await instance.connect();
  // Moments come out the same on every machine.
  await connection.run("SET TimeZone = 'UTC'");
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  return { connection, close };
}

/** `name` quoted for SQL as an identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `text` quoted for SQL as a string. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A path quoted for SQL as a file to read: its characters mean themselves, not a pattern. */
export const sqlFile = (path: string): string => sqlText(path.replace(/[*?[]/g, "[$&]"));
