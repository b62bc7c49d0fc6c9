import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { askedOf } from "../../shared/prompts/asked.ts";
import { rowPrompt } from "../../tools/sparse-feedback/row-prompt.ts";
import { isForValidation, splitByPrompt } from "../../tools/sparse-feedback/split-by-prompt.ts";
import { each, temporaryFolder } from "../datasets/temporary-folder.ts";

/** Ten prompts with three rows each, in turn. */
const instructions = Array.from({ length: 30 }, (_, at) => `prompt ${at % 10}`);
const feedback = instructions.map((instruction, at) => `${instruction},,"answer, ${at}",${1 + (at % 7)}\n`);
const inValidation = new Set(instructions.filter((instruction) => isForValidation(instruction, 1, 0.3)));

async function split(name: string, content: string | Buffer, share = 0.3, seed = 1) {
  await using folder = await temporaryFolder();
  const input = await folder.put(name, content);
  const { train, validation } = await splitByPrompt({ input, share, seed });
  return {
    names: readdirSync(dirname(input)).filter((one) => one !== name),
    train: { ...train, text: readFileSync(train.path, "utf8") },
    validation: { ...validation, text: readFileSync(validation.path, "utf8") },
  };
}

test("a disk that is full before both parts are written leaves those of an earlier split", async () => {
  await using folder = await temporaryFolder();
  const disk = folder.at("disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=24k", "tmpfs", disk]).status !== 0) {
    return console.log("skipped: this user may not mount a small disk to fill");
  }
  try {
    const input = await folder.put("in.csv", feedback.map((row) => row.repeat(40)).join(""));
    for (const part of ["train", "val"]) writeFileSync(`${disk}/in.${part}.csv`, "earlier");
    await expect(splitByPrompt({ input, share: 0.3, seed: 1, folder: disk })).rejects.toThrow(/disk is full/);
    const left = readdirSync(disk).map((name) => [name, readFileSync(`${disk}/${name}`, "utf8")]);
    expect(left.toSorted()).toEqual(["in.train.csv", "in.val.csv"].map((name) => [name, "earlier"]));
  } finally {
    spawnSync("umount", [disk]);
  }
});

describe("a file is split by prompt", () => {
  test("feedback without a header: rows stay as they are, and in order", async () => {
    const { names, train, validation } = await split("ratings.csv", feedback.join(""));
    const expected = (side: boolean) =>
      feedback.filter((_, at) => inValidation.has(instructions[at]!) === side).join("");
    expect(names).toEqual(["ratings.train.csv", "ratings.val.csv"]);
    expect(validation.text).toBe(expected(true));
    expect(train.text).toBe(expected(false));
    expect(validation).toMatchObject({ prompts: inValidation.size, rows: 3 * inValidation.size });
  });

  test("a CSV with a header: both parts have it", async () => {
    const header = "instruction,input,output,rating\n";
    const { train, validation } = await split("ratings.csv", header + feedback.join(""));
    expect(train.text.startsWith(header)).toBe(true);
    expect(validation.text.startsWith(header)).toBe(true);
    expect(train.rows + validation.rows).toBe(30);
  });

  test("a JSON array stays one, and its numbers stay as they were written", async () => {
    const rows = instructions.map((one, at) => `{"instruction":"${one}","score":1.10,"at":${at}}`);
    const { names, train, validation } = await split("rows.json", `[${rows.join(",")}]`);
    expect(names).toEqual(["rows.train.json", "rows.val.json"]);
    const validationRows = rows.filter((_, at) => inValidation.has(instructions[at]!));
    expect(validation.text).toBe(`[\n${validationRows.join(",\n")}\n]\n`);
    expect(JSON.parse(train.text)).toHaveLength(train.rows);
  });

  test("compressed JSON lines become plain ones", async () => {
    const lines = instructions.map((instruction) => `${JSON.stringify({ instruction })}\n`);
    const { names, train } = await split("rows.jsonl.gz", gzipSync(lines.join("")));
    expect(names).toEqual(["rows.train.jsonl", "rows.val.jsonl"]);
    expect(train.text).toBe(lines.filter((_, at) => !inValidation.has(instructions[at]!)).join(""));
  });

  test("Parquet becomes JSON lines", async () => {
    await using folder = await temporaryFolder();
    const input = folder.at("rows.parquet");
    const rows = instructions.map((instruction) => ({ instruction, output: "x" }));
    await writeOutput({ format: "parquet", path: input, rows: each(rows) });
    const { validation } = await splitByPrompt({ input, share: 0.3, seed: 1 });
    expect(validation.path).toBe(folder.at("rows.val.jsonl"));
    expect(validation.prompts).toBe(inValidation.size);
  });

  test("reward model pairs: a prompt is on the side where its feedback is", async () => {
    const sentences = [
      ["good", "bad"],
      ["better", "worse"],
    ];
    const pairs = Object.fromEntries(
      instructions.map((instruction) => [`${alpacaPrompt(instruction)} `, { sentences }]),
    );
    for (const indent of [0, 2]) {
      const { names, train, validation } = await split("pairs.json", JSON.stringify(pairs, null, indent));
      expect(names).toEqual(["pairs.train.json", "pairs.val.json"]);
      expect({ ...JSON.parse(train.text), ...JSON.parse(validation.text) }).toEqual(pairs);
      expect(Object.keys(JSON.parse(validation.text))).toEqual(
        [...inValidation].map((instruction) => `${alpacaPrompt(instruction)} `),
      );
    }
  });

  test("into another folder, which is made", async () => {
    await using folder = await temporaryFolder();
    const input = await folder.put("ratings.csv", feedback.join(""));
    await splitByPrompt({ input, share: 0.3, seed: 1, folder: folder.at("new/parts") });
    expect(existsSync(folder.at("new/parts/ratings.val.csv"))).toBe(true);
  });
});

describe("the side of a prompt", () => {
  test("depends on seed and prompt alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (prompt, seed) => {
        const side = isForValidation(prompt, seed, 0.2);
        expect(isForValidation(prompt, seed, 0.2)).toBe(side);
        // A larger share only adds prompts to validation.
        if (side) expect(isForValidation(prompt, seed, 0.4)).toBe(true);
      }),
    );
    const sidesOf = (seed: number) => instructions.map((one) => isForValidation(one, seed, 0.5));
    expect(sidesOf(1)).not.toEqual(sidesOf(2));
  });

  test("meets the share on average", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `prompt ${at}`);
    const share = many.filter((prompt) => isForValidation(prompt, 7, 0.1)).length / many.length;
    // Five standard errors of a share of 0.1 in 20,000.
    expect(Math.abs(share - 0.1)).toBeLessThan(0.0107);
  });
});

describe("the prompt of a row", () => {
  const of = (row: Record<string, unknown>, roles = {}) => rowPrompt({ place: "f row 0", row }, roles);
  const user = { role: "user", content: "Hi" };

  test.each<[why: string, row: Record<string, unknown>]>([
    ["text", { prompt: "Hi" }],
    ["an instruction", { instruction: "Hi", input: "" }],
    ["an Alpaca prompt", { prompt: `${alpacaPrompt("Hi")} ` }],
    ["a list of messages", { prompt: [user] }],
    ["a chat with its answer", { messages: [user, { role: "assistant", content: "Hello" }] }],
    ["a chat of the other form", { conversations: [{ from: "human", value: "Hi" }] }],
    ["a mix row, whatever its text is", { raw_text: "Hi", text: "Judge this: Hi", prompt_hash: "1" }],
  ])("is the same as %s", (_, row) => {
    expect(of(row)).toBe("Hi");
  });

  test("has the instruction's input in it, and nan is none", () => {
    expect(of({ instruction: "p", input: "x" })).not.toBe(of({ instruction: "p" }));
    expect(of({ instruction: "p", input: "nan" })).toBe(of({ instruction: "p", input: null }));
  });

  test("with an input is the same in feedback, preferences, pairs and what was asked", () => {
    const text = "Do it\n\nwith this";
    const turns = [{ role: "user", content: text }];
    const answer = { role: "assistant", content: "x" };
    const wrapped = [{ role: "user", content: alpacaPrompt("Do it", "with this") }];
    const forms = [
      { instruction: "Do it", input: "with this" },
      { prompt: text, chosen: [...turns, answer], rejected: [...turns, answer] },
      { prompt: turns, chosen: [answer], rejected: [answer] },
      { prompt: `${alpacaPrompt("Do it", "with this")} ` },
      { instruction: "a column of the source", text: "another", asked: { messages: wrapped } },
      { system_prompt: "", user_prompt: wrapped[0]!.content, annotation_original: null, annotation: "x" },
    ];
    for (const form of forms) expect(of(form)).toBe(text);
  });

  test("is what was asked, whose messages nobody may change", () => {
    const asked = {
      ...askedOf([{ role: "user", content: "Hi" }]),
      messages: [{ role: "user", content: "Ho" }],
    };
    expect(() => of({ asked })).toThrow(/row 0 has an "asked" whose messages are not those of its sha256/);
  });

  test("has the earlier turns and the system message of a chat in it", () => {
    const earlier = [user, { role: "assistant", content: "Hello" }];
    expect(of({ messages: [...earlier, user] })).not.toBe(of({ messages: [user] }));
    expect(of({ messages: [{ role: "system", content: "Be kind." }, user] })).not.toBe(
      of({ messages: [user] }),
    );
  });

  test("may stand in columns that are named", () => {
    expect(of({ q: "Hi", prompt: "other" }, { prompt: "q" })).toBe("Hi");
    expect(of({ q: "p", ctx: "x" }, { instruction: "q", input: "ctx" })).toBe("p\n\nx");
  });

  test("is missed by name", () => {
    expect(() => of({ answer: "x" })).toThrow(
      /row 0 has no column that Assay knows a prompt by, only "answer"/,
    );
    expect(() => of({ messages: [] })).toThrow(/row 0 has an empty list of messages/);
  });
});

test.each<[why: string, name: string, content: string, says: RegExp]>([
  [
    "an empty side",
    "r.jsonl",
    '{"prompt":"only"}\n',
    /Of the 1 prompts of .* none falls to (validation|training) with --val 0\.3 --seed 1/,
  ],
  ["a header alone", "r.csv", "instruction,input\n", /holds no rows/],
  ["another number of cells", "r.csv", `${feedback[0]}a,b\n`, /line 2 has 2 cells/],
  ["no prompt column", "r.csv", "a,b\n1,2\n", /line 2 has no column that Assay knows a prompt by/],
  [
    "broken pairs",
    "r.json",
    '{"p": {"sentences": [["a"',
    /begins like reward model pairs but is not valid JSON/,
  ],
])("%s is refused, and no part has appeared", async (_, name, content, says) => {
  await using folder = await temporaryFolder();
  const input = await folder.put(name, content);
  await expect(splitByPrompt({ input, share: 0.3, seed: 1 })).rejects.toThrow(says);
  expect(readdirSync(folder.path)).toEqual([name]);
});
