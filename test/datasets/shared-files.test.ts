import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DatasetRequest } from "../../shared/contracts/dataset-request.ts";
import { prepareDataset } from "../../shared/datasets/preparing/prepare-dataset.ts";
import { isBad, messagesOf } from "../../shared/datasets/preparing/prepared-row.ts";
import { PreparedRows } from "../../shared/datasets/preparing/prepared-rows.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { itemColumnsOf } from "../../shared/judging/items/item-columns.ts";
import { type ReadItemsOptions, readItems } from "../../shared/judging/items/read-items.ts";
import { type JudgingFlags, loadJudging } from "../../shared/judging/load-judging.ts";
import { splitByPrompt } from "../../tools/sparse-feedback/split-by-prompt.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { allOf, temporaryFolder } from "./temporary-folder.ts";

const FILES = join(import.meta.dirname, "../../../shared/cases/files");
const skips = skipUnless(existsSync(FILES), `the files of cases are not at ${FILES}`);

async function prompts(name: string, more: Omit<DatasetRequest, "source"> = {}) {
  await using folder = await temporaryFolder();
  await prepareDataset({ source: { kind: "file", path: join(FILES, name) }, ...more }, folder.path);
  await using rows = await PreparedRows.open(folder.path);
  const found: string[] = [];
  for await (const { value } of rows.read()) {
    if (isBad(value)) found.push(`bad: ${value.bad.reason}`);
    else
      found.push(
        messagesOf(value)
          .map(({ role, content }) => `${role}: ${String(content)}`)
          .join(" | "),
      );
  }
  return found;
}

async function items(
  name: string,
  flags: JudgingFlags = { method: "ratings" },
  options: ReadItemsOptions = {},
) {
  const found: unknown[] = [];
  for await (const one of readItems(join(FILES, name), await loadJudging(flags), options)) {
    found.push(
      "item" in one ? [one.item.instruction, ...one.item.responses.map(({ text }) => text)] : one.bad.reason,
    );
  }
  return found;
}

describe.skipIf(skips)("files that went wrong once", () => {
  test.each([
    [
      "header-generated-text.csv",
      [
        ["Say hi", "hello there"],
        ["Name a colour", "blue"],
      ],
    ],
    ["header-messages.csv", [["Say hi", "hello"]]],
    [
      "header-responses.csv",
      [
        ["Say hi", "hello"],
        ["Say hi", "hi there"],
        ["Name a colour", "blue"],
        ["Name a colour", "red"],
      ],
    ],
    [
      "reference-list.jsonl",
      [
        ["Say hi", "hello"],
        ["Name a colour", "blue"],
      ],
    ],
    [
      "prompt-alpaca-text.jsonl",
      [
        ["Name two uses of a brick.", "A wall and a doorstop."],
        ["Put the words in order.", "The train was late."],
      ],
    ],
  ])("%s is judged as it stands", async (name, expected) => {
    expect(await items(name)).toEqual(expected);
  });

  test("header-messages.csv is one row in all, and eight-responses.jsonl eight", async () => {
    expect(await prompts("header-messages.csv")).toEqual(["user: Say hi"]);
    expect(await items("eight-responses.jsonl")).toHaveLength(8);
  });

  test("a reference that is a list is refused by the method that compares with it", async () => {
    await expect(items("reference-list.jsonl", { method: "pairwise" })).rejects.toThrow(
      'has no text in "reference"',
    );
  });

  test("a chat beside a prompt is what is asked, with all its turns", async () => {
    expect(await prompts("prompt-and-messages.jsonl")).toEqual([
      "user: FIRST TURN: name a fruit | assistant: apple | user: LAST TURN: now a colour",
    ]);
    expect(await items("prompt-and-messages.jsonl")).toEqual([
      ["User:\nFIRST TURN: name a fruit\n\nAssistant:\napple\n\nUser:\nLAST TURN: now a colour", "red"],
    ]);
  });

  test("columns, a template and a system prompt say what is asked", async () => {
    expect(await prompts("prompt-columns.jsonl", { columns: "prompt=q" })).toEqual([
      "user: What is the capital of France?",
    ]);
    expect(await prompts("prompt-template.jsonl", { template: "{lang}: {text}" })).toEqual([
      "user: English: Hallo Welt",
    ]);
    const french = ["system: Answer only in French. | user: Name a colour."];
    expect(await prompts("prompt-system-column.jsonl")).toEqual(french);
    expect(await prompts("prompt-system-turn.jsonl")).toEqual(french);
  });

  test("columns that are named are judged", async () => {
    const options = { columns: itemColumnsOf("prompt=q,response=text") };
    expect(await items("prompt-columns.jsonl", undefined, options)).toEqual([
      ["What is the capital of France?", "Some context passage about Paris."],
    ]);
  });

  test("parts of a chat that no provider takes are refused before any call", async () => {
    const some = await prompts("chat-parts.jsonl", { skipBadRows: true }).catch(
      (error: Error) => error.message,
    );
    expect(some).toContain("chat-parts.jsonl has no row that can be used");
    await expect(prompts("chat-parts.jsonl")).rejects.toThrow(
      'line 1 has a part of the type "text" with no text',
    );
  });

  test("binary text of Parquet is text", async () => {
    const all = (await allOf(readRows(join(FILES, "binary-prompt.parquet")))).map(
      (row) => "value" in row && row.value,
    );
    expect(all).toEqual([
      { instruction: "Übersetze «été» ins Deutsche\nund zurück", output: "naïve" },
      { instruction: "plain ascii", output: "naïve" },
      { instruction: "日本語で答えて", output: "naïve" },
    ]);
  });

  test("columns that differ by case, are empty or called constructor are columns", async () => {
    expect(await allOf(readRows(join(FILES, "case-columns.parquet")))).toMatchObject([
      { value: { Prompt: "Title A", prompt: "the real prompt", s: { Key: 1, key: 2 } } },
    ]);
    expect(await prompts("case-columns.parquet")).toEqual(["user: the real prompt"]);
    expect(await prompts("constructor-column.jsonl", { template: "{constructor} {prompt}" })).toEqual([
      "user: Ferrari a",
    ]);
    expect(await prompts("empty-column-name.csv")).toEqual(["user: a", "user: b"]);
  });

  test("an own template and schema are read with their input", async () => {
    const flags = {
      method: "custom",
      promptTemplate: join(FILES, "custom-template.md"),
      schema: join(FILES, "custom-schema.json"),
    };
    expect(await items("eight-responses.jsonl", flags)).toHaveLength(8);
  });

  test("a prompt is on one side of every split", async () => {
    await using folder = await temporaryFolder();
    const halves = { share: 0.4, seed: 1, folder: folder.path };
    const sides = new Map<string, string>();
    for (const name of ["split-preferences.jsonl", "split-ratings.csv"]) {
      const { train, validation } = await splitByPrompt({ input: join(FILES, name), ...halves });
      for (const [side, { path }] of Object.entries({ train, validation })) {
        const text = await (await import("node:fs/promises")).readFile(path, "utf8");
        for (const [, thing] of text.matchAll(/Do thing (\d+)/g)) {
          expect(sides.get(thing!) ?? side, `prompt ${thing}`).toBe(side);
          sides.set(thing!, side);
        }
      }
    }
    expect(sides.size).toBe(30);
  });

  test.each([
    ["three.jsonl", 3],
    ["six.jsonl", 6],
    ["forty.jsonl", 40],
  ])("%s has %i rows", async (name, count) => {
    expect(await prompts(name)).toHaveLength(count);
  });
});
