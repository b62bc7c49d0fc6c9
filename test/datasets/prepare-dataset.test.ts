import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { fingerprintOf } from "../../shared/datasets/preparing/fingerprint.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { isBad } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows, readPreparedDataset } from "../../shared/datasets/preparing/prepared-rows.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Options = Omit<DatasetRequest, "source">;
const fileRequest = (path: string, options: Options = {}): DatasetRequest => ({
  source: { kind: "file", path },
  ...options,
});
const numbered = (count: number) =>
  Array.from({ length: count }, (_, row) => JSON.stringify({ prompt: `p${row}`, output: row }));

async function promptsIn(folder: string): Promise<string[]> {
  await using rows = await PreparedRows.open(folder);
  const prompts: string[] = [];
  for await (const { value } of rows.read())
    prompts.push(isBad(value) ? `bad: ${value.bad.message}` : value.user_prompt);
  return prompts;
}

describe("prepared rows", () => {
  test("the folder holds rows, index and description, and nothing temporary", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(3).join("\n"));
    const prepared = await prepareDataset(fileRequest(path), folder.at("work"));
    expect(prepared).toMatchObject({
      rows: 3,
      bad: 0,
      first_row: 0,
      recipe: { form: "prompt", columns: { prompt: "prompt", output: "output" } },
    });
    expect((await readdir(folder.at("work"))).sort()).toEqual(["dataset.json", "rows.idx", "rows.jsonl"]);
    expect(await readPreparedDataset(folder.at("work"))).toEqual(prepared);
    expect(await readFile(folder.at("work/rows.jsonl"), "utf8")).toContain(
      '{"system_prompt":"","user_prompt":"p1","annotation_original":1}\n',
    );
  });

  test("any part is read in order and any row alone, exactly", async () => {
    await using folder = await temporaryFolder();
    const count = 9000;
    const rows = Array.from({ length: count }, (_, row) => ({
      prompt: "🙂\ud83d".repeat(row % 37) + row,
      output: { n: row },
    }));
    const path = await folder.put("a.json", JSON.stringify(rows));
    await prepareDataset(fileRequest(path), folder.at("work"));
    await using prepared = await PreparedRows.open(folder.at("work"));
    await fc.assert(
      fc.asyncProperty(fc.nat(count), fc.nat(count + 5), async (from, to) => {
        let next = from;
        for await (const { row, value } of prepared.read(from, to)) {
          if (row !== next++ || isBad(value) || value.user_prompt !== rows[row]!.prompt)
            throw new Error(`row ${row}`);
        }
        expect(next).toBe(Math.max(from, Math.min(to, count)));
      }),
      { numRuns: 15 },
    );
    expect(await prepared.readAt(count - 1)).toEqual({
      system_prompt: "",
      user_prompt: rows.at(-1)!.prompt,
      annotation_original: { n: count - 1 },
    });
    await expect(prepared.readAt(count)).rejects.toThrow(RangeError);
  });

  test("nested values and numbers of the original stay as written", async () => {
    await using folder = await temporaryFolder();
    const original = '{"price":1.10,"id":12345678901234567890,"half":"\\ud800"}';
    const path = await folder.put("a.jsonl", `{"prompt":"p","output":${original}}`);
    await prepareDataset(fileRequest(path), folder.at("work"));
    await using prepared = await PreparedRows.open(folder.at("work"));
    expect(JSON.stringify(await prepared.readAt(0))).toContain(`"annotation_original":${original}`);
  });

  test("a folder without a whole dataset is refused", async () => {
    await using folder = await temporaryFolder();
    await expect(PreparedRows.open(folder.path)).rejects.toThrow(
      /rows that were read of the dataset are gone/,
    );
    await prepareDataset(fileRequest(await folder.put("a.jsonl", numbered(3).join("\n"))), folder.at("work"));
    await writeFile(folder.at("work/rows.idx"), "short");
    await expect(PreparedRows.open(folder.at("work"))).rejects.toThrow(
      /rows that were read of the dataset are gone/,
    );
  });
});

describe("choice of rows", () => {
  test.each([
    [{ limit: 2 }, ["p0", "p1"], 0],
    [{ offset: 7 }, ["p7", "p8", "p9"], 7],
    [{ offset: 2, limit: 3 }, ["p2", "p3", "p4"], 2],
    [{ shard: "1/3" }, ["p0", "p1", "p2"], 0],
    [{ shard: "3/3" }, ["p6", "p7", "p8", "p9"], 6],
    [{ offset: 1, limit: 4, shard: "2/2" }, ["p3", "p4"], 3],
  ])("%j", async (options, prompts, firstRow) => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(10).join("\n"));
    expect(await prepareDataset(fileRequest(path, options), folder.at("work"))).toMatchObject({
      first_row: firstRow,
    });
    expect(await promptsIn(folder.at("work"))).toEqual(prompts);
  });

  test("the shards of any dataset are its rows, each once", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(11).join("\n"));
    const prompts: string[] = [];
    for (let index = 1; index <= 4; index++) {
      await prepareDataset(fileRequest(path, { shard: `${index}/4` }), folder.at(`work${index}`));
      prompts.push(...(await promptsIn(folder.at(`work${index}`))));
    }
    expect(prompts).toEqual(numbered(11).map((_, row) => `p${row}`));
  });

  test.each(["0/2", "3/2", "x", "1/0", "1"])("the shard %s is refused", async (shard) => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(2).join("\n"));
    await expect(prepareDataset(fileRequest(path, { shard }), folder.at("work"))).rejects.toThrow(
      `--shard ${shard} is wrong`,
    );
  });
});

describe("bad rows", () => {
  const content = '{"prompt":"a"}\n{"prompt":\n{"prompt":null}\n{"prompt":"d"}\n';

  test("the first ends it with its line and the way out, and leaves nothing", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", content);
    await expect(prepareDataset(fileRequest(path), folder.at("work"))).rejects.toThrow(
      /a\.jsonl line 2 is not valid JSON \(Unexpected end of JSON input\): mend or remove it, or leave such rows out with --skip_bad_rows\.$/,
    );
    expect(await readdir(folder.at("work"))).toEqual([]);
  });

  test("skipped ones keep their numbers and their reasons", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", content);
    expect(await prepareDataset(fileRequest(path, { skipBadRows: true }), folder.at("work"))).toMatchObject({
      rows: 4,
      bad: 2,
    });
    await using rows = await PreparedRows.open(folder.at("work"));
    expect(await rows.readAt(1)).toMatchObject({ bad: { reason: "malformed_json" } });
    expect(await rows.readAt(2)).toEqual({
      bad: {
        reason: "no_instruction",
        message: `${path} line 3 has no instruction: its column "prompt" is null.`,
      },
    });
    expect(await rows.readAt(3)).toMatchObject({ user_prompt: "d" });
  });

  test("a dataset of bad rows only, of no rows, or with no row in the part asked for is refused", async () => {
    await using folder = await temporaryFolder();
    const bad = await folder.put("bad.jsonl", '{"prompt":null}\n');
    const prepare = (path: string, options: Options) =>
      prepareDataset(fileRequest(path, options), folder.at("work"));
    await expect(prepare(bad, { skipBadRows: true })).rejects.toThrow(
      /has no row that can be used: .* line 1 has no instruction/,
    );
    await expect(prepare(await folder.put("none.json", " []"), {})).rejects.toThrow(/holds no rows/);
    await expect(prepare(await folder.put("head.csv", "prompt\n"), {})).rejects.toThrow(/holds no rows/);
    await expect(prepare(await folder.put("one.jsonl", '{"prompt":"a"}'), { offset: 5 })).rejects.toThrow(
      /no row in the part/,
    );
    await expect(prepare(await folder.put("words.json", '["a","b"]'), {})).rejects.toThrow(
      /is text, not an object with columns/,
    );
  });

  test("a column that is named and in no row is refused with the nearest names", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.csv", "question,context\nq,c\n");
    for (const options of [
      { columns: "prompt=question,system=contxt" },
      { template: "{question} {contxt}" },
    ]) {
      await expect(prepareDataset(fileRequest(path, options), folder.at("work"))).rejects.toThrow(
        /has no column "contxt": did you mean "context"\?/,
      );
    }
  });
});

describe("fingerprint", () => {
  test("it changes with the content and with all that decides what is asked, not with limits of patience", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(3).join("\n"));
    const of = async (options: Options) => (await fingerprintOf(fileRequest(path, options))).fingerprint;
    const first = await of({});
    expect(await of({ skipBadRows: true, offset: 0 })).toBe(first);
    const others = [
      { limit: 1 },
      { offset: 1 },
      { shard: "1/2" },
      { columns: "prompt=output" },
      { system: "" },
      { template: "{prompt}" },
    ];
    const seen = new Set([first, ...(await Promise.all(others.map(of)))]);
    expect(seen.size).toBe(others.length + 1);
    await writeFile(path, numbered(4).join("\n"));
    expect(await of({})).not.toBe(first);
  });

  test("a file of the same size and time is not read again, and the same dataset not prepared again", async () => {
    await using folder = await temporaryFolder();
    const path = await folder.put("a.jsonl", numbered(3).join("\n"));
    const time = new Date(1_700_000_000_000);
    await utimes(path, time, time);
    const before = await prepareDataset(fileRequest(path), folder.at("work"));
    await writeFile(path, numbered(3).join("\n").replace("p1", "pX"));
    await utimes(path, time, time);
    expect((await fingerprintOf(fileRequest(path), { before })).fingerprint).toBe(before.fingerprint);
    expect(await prepareDataset(fileRequest(path), folder.at("work"))).toEqual(before);
    expect((await fingerprintOf(fileRequest(path))).fingerprint).not.toBe(before.fingerprint);
  });
});
