import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExactJson, textOf } from "../../shared/datasets/json/exact-json.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { allOf, each, temporaryFolder } from "./temporary-folder.ts";

const valuesOf = async (path: string) =>
  (await allOf(readRows(path))).map((row) => ("value" in row ? row.value : row));
const columns = ["system_prompt", "user_prompt", "annotation_original", "annotation"];
const text = fc.string({ unit: "binary" });
const outputRow = fc.record({
  system_prompt: text,
  user_prompt: text,
  annotation_original: fc.jsonValue({ stringUnit: "binary" }),
  annotation: fc.option(text),
});

describe("round trips", () => {
  test.each(["json", "jsonl"] as const)("any rows come back from %s", async (format) => {
    await using folder = await temporaryFolder();
    const path = folder.at("a");
    await fc.assert(
      fc.asyncProperty(fc.array(outputRow, { minLength: 1 }), async (rows) => {
        await writeOutput({ format, path, rows: each(rows) });
        expect(await valuesOf(path)).toEqual(JSON.parse(JSON.stringify(rows)));
      }),
      { numRuns: 40 },
    );
  });

  test("any rows come back from Parquet: text and null as they are, all else as its JSON", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.parquet");
    await fc.assert(
      fc.asyncProperty(fc.array(outputRow, { minLength: 1 }), async (rows) => {
        const cell = (value: unknown) => (value === null ? null : textOf(value).toWellFormed());
        const written = await writeOutput({ format: "parquet", path, rows: each(rows), columns });
        expect(written.rows).toBe(rows.length);
        expect(await valuesOf(path)).toEqual(
          rows.map((row) =>
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)])),
          ),
        );
      }),
      { numRuns: 12 },
    );
    expect(await readdir(folder.path)).toEqual(["a.parquet"]);
  });

  test("more rows than one of Parquet's groups, some of 1 MB, keep their order", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.parquet");
    const rows = Array.from({ length: 5000 }, (_, row) => ({
      row: `${row}`,
      text: "ä".repeat(row % 100 === 7 ? 500_000 : 3),
    }));
    await writeOutput({ format: "parquet", path, rows: each(rows) });
    const back = (await valuesOf(path)) as typeof rows;
    expect(back.findIndex((value, row) => value.row !== `${row}` || value.text !== rows[row]!.text)).toBe(-1);
    expect(back.length).toBe(5000);
  });
});

describe("form", () => {
  const rows = [
    { a: "x", b: null },
    { a: '"q", 🙂', b: parseExactJson('{"n":1.10}') },
    { a: "\ud800", b: [] },
  ];

  test("JSON is an array with a row a line, lone surrogates escaped", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("sub/folder/a.json");
    expect(await writeOutput({ format: "json", path, rows: each(rows) })).toEqual({
      rows: 3,
      bytes: 82,
      replaced: 0,
    });
    expect(await readFile(path, "utf8")).toBe(
      '[\n{"a":"x","b":null},\n{"a":"\\"q\\", 🙂","b":{"n":1.10}},\n{"a":"\\ud800","b":[]}\n]\n',
    );
    await writeOutput({ format: "json", path, rows: each([]) });
    expect(await readFile(path, "utf8")).toBe("[]\n");
  });

  test("CSV quotes what needs it, and counts what UTF-8 cannot hold", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.csv");
    expect(await writeOutput({ format: "csv", path, rows: each(rows), columns: ["b", "a"] })).toMatchObject({
      rows: 3,
      replaced: 1,
    });
    expect(await readFile(path, "utf8")).toBe('b,a\r\n,x\r\n"{""n"":1.10}","""q"", 🙂"\r\n[],\uFFFD\r\n');
  });

  test("Parquet's types are read as JSON would write them", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.parquet");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT 9007199254740993::BIGINT AS big, 'nan'::DOUBLE AS nan, [1.5, NULL] AS list,
      {'role': 'user', 'n': 'infinity'::DOUBLE, 'says': 'NaN, "inf"'} AS struct, DATE '2024-05-06' AS day,
      true AS yes, 'a' || chr(0) || 'b' AS text, NULL::INTEGER AS nothing) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    instance.closeSync();
    expect(JSON.stringify(await valuesOf(path))).toBe(
      '[{"big":9007199254740993,"nan":null,"list":[1.5,null],"struct":{"role":"user","n":null,"says":"NaN, \\"inf\\""},"day":"2024-05-06","yes":true,"text":"a\\u0000b","nothing":null}]',
    );
  });

  test("Parquet's moments are read alike whatever time zone the machine is in", async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("a.parquet");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const moment = "TIMESTAMPTZ '2024-05-06 23:30:00+00'";
    await connection.run(`COPY (SELECT ${moment} AS at) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    instance.closeSync();
    const reader = join(import.meta.dirname, "../../shared/datasets/reading/read-rows.ts");
    const program = `const { readRows } = await import(${JSON.stringify(reader)});
      for await (const [row] of readRows(${JSON.stringify(path)})) console.log(row.value.at);`;
    const env = { ...process.env, TZ: "Asia/Kolkata" };
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { env });
    expect(String(stdout)).toBe("2024-05-06 23:30:00+00\n");
  });

  test("a path with characters that mean something to SQL or globs is only a path", async () => {
    await using folder = await temporaryFolder();
    for (const name of ["it's.parquet", "a[1]*?.parquet", "ü {x}.parquet"]) {
      await writeOutput({ format: "parquet", path: folder.at(name), rows: each([{ name }]) });
      expect(await valuesOf(folder.at(name))).toEqual([{ name }]);
    }
  });
});

describe("faults", () => {
  async function* failing() {
    yield { a: 1 };
    throw new Error("the rows end here");
  }

  test.each(["json", "jsonl", "csv", "parquet"] as const)(
    "%s that fails half way leaves the older file as it was",
    async (format) => {
      await using folder = await temporaryFolder();
      const path = await folder.put("a", "older");
      await expect(writeOutput({ format, path, rows: failing() })).rejects.toThrow(/^the rows end here$/);
      expect(await readFile(path, "utf8")).toBe("older");
      expect(await readdir(folder.path)).toEqual(["a"]);
    },
  );

  test.each(["json", "parquet"] as const)(
    "%s in a folder that cannot be written to names the path",
    async (format) => {
      await using folder = await temporaryFolder();
      await folder.put("file", "");
      const path = folder.at("file/out");
      await expect(writeOutput({ format, path, rows: each([{ a: 1 }]) })).rejects.toMatchObject({
        name: "UserError",
        exitCode: 2,
        message: `${path} cannot be written (a file has the name of its folder): choose another place for it.`,
      });
      await mkdir(folder.at("taken/by"), { recursive: true });
      await expect(
        writeOutput({ format, path: folder.at("taken"), rows: each([{ a: 1 }]) }),
      ).rejects.toMatchObject({ name: "UserError" });
      expect((await readdir(folder.path)).sort()).toEqual(["file", "taken"]);
    },
  );

  test.each(["json", "csv", "parquet"] as const)(
    "%s on a full disk says so and removes what it wrote",
    async (format) => {
      await using folder = await temporaryFolder();
      const disk = folder.at("disk");
      await mkdir(disk);
      if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]).status !== 0) {
        return console.log("skipped: this user may not mount a small disk to fill");
      }
      try {
        await writeFile(`${disk}/older`, "kept");
        const rows = Array.from({ length: 300 }, (_, row) => ({
          a: Array.from({ length: 9000 }, (_, at) => at * row).join(),
        }));
        await expect(writeOutput({ format, path: `${disk}/out`, rows: each(rows) })).rejects.toMatchObject({
          name: "UserError",
          exitCode: 3,
          message: `The disk is full while writing ${disk}/out: free some space there and start again.`,
        });
        expect(await readdir(disk)).toEqual(["older"]);
      } finally {
        spawnSync("umount", [disk]);
      }
    },
  );
});
