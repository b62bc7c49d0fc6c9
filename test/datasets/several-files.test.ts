import { readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, test } from "vitest";
import { findFiles } from "../../shared/datasets/finding/find-files.ts";
import { fingerprintOf } from "../../shared/datasets/preparing/fingerprint.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { messagesTextOf } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const FILES = {
  "texts.jsonl": '{"text":"one","score":1.10}\n{"text":"two","id":12345678901234567890}\n',
  "alpaca.json": '[{"instruction":"add","input":"1 2"}]',
  "chats.jsonl": '{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}\n',
  "table.csv": "question,weight\nwhy?,3\n",
};

async function prepared(folder: Awaited<ReturnType<typeof temporaryFolder>>, options: object = {}) {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(folder.at(name), text);
  const paths = Object.keys(FILES).map((name) => folder.at(name));
  const request = { source: { kind: "files" as const, paths }, keepSource: true, ...options };
  const dataset = await prepareDataset(request, folder.at("work"));
  const rows = await PreparedRows.open(folder.at("work"));
  return { request, dataset, rows, paths };
}

describe("several files as one dataset", () => {
  test("are each read by their own format and columns, their rows one after another", async () => {
    await using folder = await temporaryFolder();
    const { dataset, rows, paths } = await prepared(folder);
    const prompts = [];
    for await (const { value } of rows.read()) prompts.push((value as { user_prompt: string }).user_prompt);
    await rows[Symbol.asyncDispose]();
    expect(prompts).toEqual(["one", "two", expect.stringContaining("1 2"), "hi", "why?"]);
    expect(dataset.files!.map(({ path, from, recipe }) => [path, from, recipe.form])).toEqual([
      [paths[0], 0, "prompt"],
      [paths[1], 2, "alpaca"],
      [paths[2], 3, "chat"],
      [paths[3], 4, "prompt"],
    ]);
  });

  test("keep their rows to the last digit, and what is sent does not change by that", async () => {
    await using folder = await temporaryFolder();
    const { rows } = await prepared(folder);
    await rows[Symbol.asyncDispose]();
    const lines = readFileSync(folder.at("work/rows.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines[0]).toContain('"source":{"text":"one","score":1.10}');
    expect(lines[1]).toContain('"source":{"text":"two","id":12345678901234567890}');
    expect(messagesTextOf(lines[0]!)).toBe('[{"role":"user","content":"one"}]');
    expect(messagesTextOf(lines[3]!)).toBe('[{"role":"user","content":"hi"}]');
  });

  test("have a fingerprint that changes with any of them, and spare hashing what is as it was", async () => {
    await using folder = await temporaryFolder();
    const { request, dataset, rows, paths } = await prepared(folder);
    await rows[Symbol.asyncDispose]();
    const hashed: number[] = [];
    const again = { before: dataset, onBytes: (bytes: number) => hashed.push(bytes) };
    expect((await fingerprintOf(request, again)).fingerprint).toBe(dataset.fingerprint);
    expect(hashed).toEqual([]);
    writeFileSync(paths[1]!, '[{"instruction":"sub","input":"1 2 3"}]');
    expect((await fingerprintOf(request, again)).fingerprint).not.toBe(dataset.fingerprint);
    expect(hashed).toHaveLength(1);
  });

  test("an offset and a limit go over all of them; a file without rows in the part is not there", async () => {
    await using folder = await temporaryFolder();
    const { dataset, rows, paths } = await prepared(folder, { offset: 3, limit: 1 });
    await rows[Symbol.asyncDispose]();
    expect(dataset).toMatchObject({ rows: 1, first_row: 3, files: [{ path: paths[2], from: 0 }] });
  });

  test("a bad row is named by its own file and line", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at("good.jsonl"), '{"text":"a"}\n');
    writeFileSync(folder.at("bad.jsonl"), '{"text":"a"}\n{"text":""}\n');
    const paths = [folder.at("good.jsonl"), folder.at("bad.jsonl")];
    await expect(prepareDataset({ source: { kind: "files", paths } }, folder.at("work"))).rejects.toThrow(
      /bad\.jsonl line 2 has no instruction/,
    );
  });
});

describe("names and patterns of files", () => {
  test("are found in the order given, each once, hidden ones left out", async () => {
    await using folder = await temporaryFolder();
    for (const name of ["b.jsonl", "a.jsonl", ".c.jsonl", "d.json", "e[1].jsonl"])
      writeFileSync(folder.at(name), "x");
    const found = async (...given: string[]) =>
      (await findFiles(given, folder.at("."))).map((path) => relative(folder.at("."), path));
    expect(await found("*.jsonl")).toEqual(["a.jsonl", "b.jsonl", "e[1].jsonl"]);
    expect(await found("d.json", "*.jsonl", "a.jsonl")).toEqual([
      "d.json",
      "a.jsonl",
      "b.jsonl",
      "e[1].jsonl",
    ]);
    expect(await found("e[1].jsonl")).toEqual(["e[1].jsonl"]);
  });

  test("that mean nothing are refused with what may have been meant", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.at("prompts.jsonl"), "x");
    const find = (given: string) => findFiles([given], folder.at("."));
    await expect(find("promts.jsonl")).rejects.toThrow("did you mean prompts.jsonl?");
    await expect(find("*.csv")).rejects.toThrow("No file matches *.csv");
    await expect(find(folder.at("."))).rejects.toThrow("is a folder: name the files in it");
    await expect(find("*/../../secret/*")).rejects.toThrow("climbs behind a wildcard");
  });
});
