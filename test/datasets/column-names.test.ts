import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { allOf, each, temporaryFolder } from "./temporary-folder.ts";

const NAMES = [
  "",
  "constructor",
  "__proto__",
  "toString",
  "Prompt",
  "prompt",
  "PROMPT",
  'a"b',
  "a,b",
  " x ",
  "é",
];

const TABLE_NAMES = NAMES.filter((name) => name !== "" && name.toLowerCase() !== "prompt");

/** Rows of which the second has none of the columns. */
const rowsOf = (names: readonly string[]) => [
  Object.fromEntries(names.map((name) => [name, `in ${name}`])),
  {},
];

test.each(["json", "jsonl", "csv", "parquet"] as const)(
  "%s keeps columns of any name, in order and case",
  async (format) => {
    await using folder = await temporaryFolder();
    const path = folder.at(`rows.${format}`);
    const names = format === "parquet" ? TABLE_NAMES : NAMES;
    await writeOutput({ format, path, rows: each(rowsOf(names)) });
    const [first, second] = (await allOf(readRows(path))).map((row) => ("value" in row ? row.value : row));
    expect(Object.entries(first as object)).toEqual(names.map((name) => [name, `in ${name}`]));
    const nothing = { json: [], jsonl: [], csv: names.map(() => ""), parquet: names.map(() => null) };
    expect(Object.values(second as object)).toEqual(nothing[format]);
    if (format === "csv") expect(await readFile(path, "utf8")).not.toContain("function");
  },
);

test.each([
  [["a", ""], "with a column that has no name"],
  [["Prompt", "prompt"], 'with the columns "Prompt" and "prompt", which differ by case alone'],
])("Parquet is refused rather than written with other names than %j", async (names, message) => {
  await using folder = await temporaryFolder();
  const path = folder.at("rows.parquet");
  const written = writeOutput({ format: "parquet", path, rows: each(rowsOf(names)) });
  await expect(written).rejects.toThrow(message);
  expect(existsSync(path)).toBe(false);
});
