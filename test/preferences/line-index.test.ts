import fc from "fast-check";
import { expect, test } from "vitest";
import { LineIndex } from "../../shared/preferences/line-index.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

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

test("packed files and others are refused, since lines cannot be found again in them", async () => {
  await using folder = await temporaryFolder();
  await using index = new LineIndex(1);
  const path = await folder.put("a.json", "[{}]");
  await expect(index.scan(path).next()).rejects.toThrow(/a\.json is no plain JSONL file: give it unpacked/);
});
