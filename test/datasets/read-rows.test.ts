import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExactJson } from "../../shared/datasets/json/exact-json.ts";
import { readJsonArray } from "../../shared/datasets/reading/json-array.ts";
import { readJsonLines } from "../../shared/datasets/reading/json-lines.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import type { SourceRow } from "../../shared/datasets/reading/source-row.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { allOf, each, inPieces, temporaryFolder } from "./temporary-folder.ts";

const valuesOf = (rows: SourceRow[]) => rows.map((row) => ("value" in row ? row.value : row));
const jsonRows = fc.array(
  fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" })),
);

test.each([
  ["a.csv", "prompt,output\ra,b\rc,d\r"],
  ["a.jsonl", '{"prompt":"a"}\r{"prompt":"b"}\r'],
])("%s whose lines end with carriage returns alone is told so", async (name, content) => {
  await using folder = await temporaryFolder();
  const path = await folder.put(name, content);
  await expect(allOf(readRows(path))).rejects.toThrow("carriage returns alone");
});

test("one object over several lines is told as that, and not as a fault of the parser", async () => {
  await using folder = await temporaryFolder();
  const path = await folder.put("a.json", '{\n  "prompt": "a",\n  "output": "b"\n}\n');
  const [first] = await allOf(readRows(path));
  expect(first).toMatchObject({ line: 1, fault: { message: expect.stringContaining("over several lines") } });
});

describe("JSON", () => {
  test("any rows come back from lines and from an array, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        jsonRows,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 2),
        async (rows, size, indent) => {
          const lines = rows.map((row) => JSON.stringify(row)).join("\n");
          const fromLines = await allOf(readJsonLines(inPieces(lines, size), "x"));
          const fromArray = await allOf(
            readJsonArray(inPieces(JSON.stringify(rows, null, indent), size), "x"),
          );
          const wanted = JSON.parse(JSON.stringify(rows));
          expect(valuesOf(fromLines)).toEqual(wanted);
          expect(valuesOf(fromArray)).toEqual(wanted);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("what DuckDB's JSON reader refuses or a parser would change is kept as written", async () => {
    const text = String.raw`{"half":"\ud800","nul":"a\u0000b","big":12345678901234567890,"price":1.10,"e":1e400,"z":-0,"n":null,"s":"","emoji":"👩‍🚀","deep":[{"a":[1.0]}]}`;
    for (const rows of [
      readJsonLines(inPieces(text, 7), "x"),
      readJsonArray(inPieces(`[${text}]`, 7), "x"),
    ]) {
      const [value] = valuesOf(await allOf(rows));
      expect(JSON.stringify(value)).toBe(text);
    }
  });

  test("numbers in any notation are written again as they stood", () => {
    const number = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.bigInt({ min: 0n, max: 10n ** 25n }),
        fc.constantFrom("", ".0", ".10", ".123456789012345678"),
        fc.constantFrom("", "e5", "E-400", "e+400"),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
        const text = `{"a":[${numbers.join(",")}],"b":${numbers[0]}}`;
        expect(JSON.stringify(parseExactJson(text))).toBe(text);
      }),
    );
  });

  test("a malformed line names itself and the rows around it are read", async () => {
    const rows = await allOf(readJsonLines(inPieces('{"a":1}\n\n{"a":\n{"a":3}\r\n', 5), "x"));
    expect(rows).toEqual([
      { line: 1, value: { a: 1 } },
      {
        line: 3,
        fault: { reason: "malformed_json", message: "is not valid JSON (Unexpected end of JSON input)" },
      },
      { line: 4, value: { a: 3 } },
    ]);
  });

  test.each([
    ["lists", "[", "0", "]"],
    ["lists with a number whose digits are kept", "[", "1.0", "]"],
    ["objects", '{"a":', "0", "}"],
  ])("a row that is nested too deep to be written again is a fault: %s", async (_, open, value, close) => {
    const row = (levels: number) => `{"a":${open.repeat(levels)}${value}${close.repeat(levels)}}`;
    const lines = [row(999), row(1000), row(5000), row(500_000), '{"a":3}', `"${"[".repeat(5000)}"`];
    const rows = await allOf(readJsonLines(inPieces(lines.join("\n"), 4096), "x"));
    const fault = { reason: "malformed_json", message: "is nested deeper than 1000 levels" };
    expect(rows.slice(1, 5)).toEqual([
      { line: 2, fault },
      { line: 3, fault },
      { line: 4, fault },
      { line: 5, value: { a: 3 } },
    ]);
    expect([rows[0], rows[5]].every((row) => "value" in row!)).toBe(true);
  });

  test("a malformed record of an array names its line, number and byte", async () => {
    const rows = await allOf(readJsonArray(inPieces('[\n{"a":1},\n{"a":x},\n{"a":3},]', 4), "x"));
    expect(rows.map((row) => row.line)).toEqual([2, 3, 4, 4]);
    expect(rows[1]).toMatchObject({
      fault: {
        message: expect.stringMatching(/^\(record 1, byte 11\) is not valid JSON \(Unexpected token 'x'/),
      },
    });
    expect(rows[3]).toMatchObject({ fault: { reason: "malformed_json" } });
  });

  test.each([
    ["[1, 2", "after 1 whole records record 1, which begins at line 1 (byte 4), never ends"],
    ['[{"a":"b}]', "after 0 whole records record 0, which begins at line 1 (byte 1), never ends"],
    ["[1,", "after 1 whole records no ] follows"],
    ["[1]\n[2]", "x line 2 has text after the end of the array"],
    ["[1}", "never ends"],
  ])("an array that does not end where it should is refused: %s", async (text, message) => {
    await expect(allOf(readJsonArray(inPieces(text, 3), "x"))).rejects.toThrow(message);
  });

  test("bytes that are no UTF-8 are a fault, a replacement character in the text is none", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":"\uFFFD"}\n{"a":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n'),
    ]);
    const rows = await allOf(readJsonLines(inPieces(bytes, 6), "x"));
    expect(rows).toEqual([
      { line: 1, value: { a: "\uFFFD" } },
      { line: 2, fault: { reason: "not_utf8", message: "is not valid UTF-8 text" } },
    ]);
  });

  test("a row of 16 MB is read whole from lines and array", async () => {
    await using folder = await temporaryFolder();
    const row = { instruction: "ü".repeat(8 * 1024 * 1024) };
    for (const [name, text] of [
      ["a.jsonl", `${JSON.stringify(row)}\n${JSON.stringify(row)}\n`],
      ["a.json", JSON.stringify([row, row])],
    ] as const) {
      const rows = valuesOf(await allOf(readRows(await folder.put(name, text))));
      expect(rows.length).toBe(2);
      expect((rows[1] as typeof row).instruction === row.instruction).toBe(true);
    }
  });
});

describe("CSV", () => {
  test("any table of text comes back, however it is cut", async () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom('"', ",", "\n", "\r\n", "", " a ", 'x"y'),
    );
    const table = fc
      .uniqueArray(cell, { minLength: 1, maxLength: 4 })
      .chain((columns) =>
        fc.tuple(fc.constant(columns), fc.array(fc.tuple(...columns.map(() => cell)), { minLength: 1 })),
      );
    await using folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(table, async ([columns, records]) => {
        const wanted = records.map((record) =>
          Object.fromEntries(columns.map((column, at) => [column, record[at]])),
        );
        const path = folder.at("a.csv");
        const written = await writeOutput({ format: "csv", path, rows: each(wanted), columns });
        if (written.replaced === 0) expect(valuesOf(await allOf(readRows(path)))).toEqual(wanted);
      }),
      { numRuns: 100 },
    );
  });

  test("byte order mark, CRLF, quoted line breaks, blank lines and a missing last line break are read", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.csv", '\uFEFFa,b\r\n"l1\r\nl2 ""q""",\r\n\r\n5" pipe, x \r\nlast,"end"');
    expect(await allOf(readRows(path))).toEqual([
      { line: 2, value: { a: 'l1\r\nl2 "q"', b: "" } },
      { line: 5, value: { a: '5" pipe', b: " x " } },
      { line: 6, value: { a: "last", b: "end" } },
    ]);
  });

  test("a row with other cells than the header and text behind a quote are faults of that row alone", async () => {
    await using folder = await temporaryFolder();
    const rows = await allOf(readRows(await folder.put("a.csv", 'a,b\n1,2,3\n"x"y,2\n3,4\n')));
    expect(rows).toMatchObject([
      { line: 2, fault: { reason: "wrong_cell_count", message: "has 3 cells where the header has 2" } },
      { line: 3, fault: { reason: "malformed_csv" } },
      { line: 4, value: { a: "3", b: "4" } },
    ]);
  });

  test.each([
    ['a,b\n1,"2\n3,4\n', "the row that begins at line 2 never ends"],
    ["a,a\n1,2\n", 'two columns named "a"'],
    [Buffer.from([0x61, 0x0a, 0x62, 0x0a, 0xff, 0x0a]), "line 3 is not valid UTF-8"],
  ])("what cannot be mended row by row is refused: %s", async (content, message) => {
    await using folder = await temporaryFolder();
    await expect(allOf(readRows(await folder.put("a.csv", content as string)))).rejects.toThrow(message);
  });
});

describe("files", () => {
  const text = '{"a":1}\n{"a":2}\n';
  const wanted = [{ a: 1 }, { a: 2 }];

  test("the content tells the format and the compression, not the name", async () => {
    await using folder = await temporaryFolder();
    for (const [name, content] of [
      ["lines.json", text],
      ["array.jsonl", ' \n[{"a":1},{"a":2}]'],
      ["marked.jsonl", `\uFEFF${text}`],
      ["noending", text],
      ["a.jsonl.gz", gzipSync(text)],
      ["b.jsonl.zst", zstdCompressSync(text)],
      ["gzip-by-content.json", gzipSync('[{"a":1},{"a":2}]')],
      ["two-members.gz", Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')])],
    ] as const) {
      expect([name, valuesOf(await allOf(readRows(await folder.put(name, content as string))))]).toEqual([
        name,
        wanted,
      ]);
    }
    expect(valuesOf(await allOf(readRows(await folder.put("a.csv.gz", gzipSync("a\n1\n2\n")))))).toEqual([
      { a: "1" },
      { a: "2" },
    ]);
    expect(valuesOf(await allOf(readRows(await folder.put("a.tsv", "a\tb\n1\t2\n"))))).toEqual([
      { a: "1", b: "2" },
    ]);
  });

  test("a missing, empty, cut-off or strange file is refused in one sentence", async () => {
    await using folder = await temporaryFolder();
    const read = (path: string) => allOf(readRows(path));
    await expect(read(folder.at("nope.json"))).rejects.toThrow(/nope.json does not exist: check the path/);
    await expect(read(folder.path)).rejects.toThrow(/is a folder or a device: name one file/);
    await expect(read(await folder.put("e.json", ""))).rejects.toThrow(/is empty: it holds no rows/);
    await expect(read(await folder.put("x.bin", "hello"))).rejects.toThrow(
      /is no JSON, JSONL, CSV or Parquet file/,
    );
    await expect(read(await folder.put("u.csv", Buffer.from("\uFEFFa", "utf16le")))).rejects.toThrow(
      /is UTF-16 text/,
    );
    const half = gzipSync(text.repeat(1000)).subarray(0, 40);
    await expect(read(await folder.put("half.jsonl.gz", half))).rejects.toThrow(/is not a whole gzip file/);
    await expect(read(await folder.put("bad.parquet", "PAR1 this is none"))).rejects.toThrow(
      /cannot be read as Parquet/,
    );
  });
});
