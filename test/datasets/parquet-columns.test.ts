import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { allOf, temporaryFolder } from "./temporary-folder.ts";

/** What is read of a Parquet file that DuckDB writes of the query. */
async function readBack(query: string, make?: (path: string) => string): Promise<unknown[]> {
  await using folder = await temporaryFolder();
  const path = folder.at("a.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(make ? make(path) : `COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return (await allOf(readRows(path))).map((row) => ("value" in row ? row.value : row.fault));
}

test("text that its writer called binary is text; bytes that are no text stay bytes", async () => {
  const rows = await readBack(
    "SELECT * FROM (VALUES (encode('Übersetze'), '\\xFF\\x00'::BLOB), (encode(''), NULL)) AS t(prompt, image)",
  );
  expect(rows).toEqual([
    { prompt: "Übersetze", image: { bytes: "/wA=" } },
    { prompt: "", image: null },
  ]);
});

test("decimals keep the digits that they were written with", async () => {
  const rows = await readBack(
    "SELECT 1.10::DECIMAL(4,2) AS price, 12345678901234567890.123456789012345678::DECIMAL(38,18) AS long",
  );
  expect(JSON.stringify(rows)).toBe('[{"price":1.10,"long":12345678901234567890.123456789012345678}]');
});

test("a byte order mark at the begin of a text belongs to the text", async () => {
  expect(await readBack("SELECT chr(65279) || 'x' AS a, encode(chr(65279) || 'y') AS b")).toEqual([
    { a: "\uFEFFx", b: "\uFEFFy" },
  ]);
});

test("names of columns are as the file has them, whatever they are", async () => {
  const [row] = await readBack(
    'SELECT \'a\' AS "constructor", \'b\' AS "with ""quotes""", \'c\' AS "SELECT"',
  );
  expect(Object.entries(row as object)).toEqual([
    ["constructor", "a"],
    ['with "quotes"', "b"],
    ["SELECT", "c"],
  ]);
});
