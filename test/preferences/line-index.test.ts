import { readdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { LineIndex } from "../../tools/preferences/lines/line-index.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("rows of many files are found by key and column, whatever stands between them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(fc.record({ key: fc.string({ maxLength: 3 }), text: fc.string() }), { maxLength: 6 }),
        { minLength: 1, maxLength: 5 },
      ),
      fc.constantFrom("\n", "\r\n", "\n\n", "\n \n"),
      async (files, lineBreak) => {
        await using folder = await temporaryFolder();
        await using index = new LineIndex(files.length);
        const first = new Map<string, unknown>();
        for (const [column, rows] of files.entries()) {
          const lines = rows.map((row) => JSON.stringify(row) + lineBreak);
          const path = await folder.put(`${column}.jsonl`, `\uFEFF${["{}", ...lines].join(lineBreak)}`);
          for await (const read of index.scan(path)) {
            if (!("row" in read)) throw new Error(read.fault.message);
            if (Object.keys(read.row).length === 0) continue;
            const key = read.row.key as string;
            const isFirst = !first.has(`${column} ${key}`);
            expect(index.add(key, column, read)).toBe(isFirst);
            if (isFirst) first.set(`${column} ${key}`, read.row);
          }
        }
        for (const [column] of files.entries()) {
          for (const key of index.keys()) {
            const expected = first.get(`${column} ${key}`);
            expect(index.has(key, column)).toBe(expected !== undefined);
            if (expected) expect(await index.read(key, column)).toEqual(expected);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("more files than may be open at once are read", async () => {
  await using folder = await temporaryFolder();
  await using index = new LineIndex(200);
  for (let column = 0; column < 200; column++) {
    const path = await folder.put(`${column}.jsonl`, `{"column": ${column}}`);
    for await (const read of index.scan(path)) index.add("k", column, read);
  }
  for (const column of [0, 199, 100, 0]) expect(await index.read("k", column)).toEqual({ column });
});

test.each(["json", "csv", "parquet", "jsonl.gz"])(
  "rows of %s are found again, and told by their place",
  async (ending) => {
    await using folder = await temporaryFolder();
    const temporary = folder.at("tmp");
    await mkdir(temporary);
    vi.stubEnv("TMPDIR", temporary);
    const rows = Array.from({ length: 3000 }, (_, row) => ({
      key: `k${row}`,
      text: `${'é\n"'.repeat(row % 50)}${row}`,
      outputs: [{ index: 0, text: `answer, ${row}` }],
    }));
    const path = folder.at(`a.${ending}`);
    if (ending === "jsonl.gz")
      writeFileSync(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
    else await writeOutput({ format: ending as "json" | "csv" | "parquet", path, rows: each(rows) });
    {
      await using index = new LineIndex(1);
      const places: string[] = [];
      for await (const read of index.scan(path)) {
        if (!("row" in read)) throw new Error(read.fault.message);
        places.push(read.place);
        index.add(String(read.row.key), 0, read);
      }
      const named = { json: "row 1", parquet: "row 1", csv: "line 3", "jsonl.gz": "line 2" }[ending];
      expect(places[1]).toBe(`${path} ${named}`);
      for (const row of [rows[2999]!, rows[0]!, rows[1234]!])
        expect(await index.read(row.key, 0)).toEqual(row);
    }
    expect(readdirSync(temporary)).toEqual([]);
  },
);

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}
