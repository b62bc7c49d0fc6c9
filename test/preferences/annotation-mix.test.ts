import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { ASPECTS } from "../../shared/judging/methods/aspects.ts";
import { type MixOptions, writeAnnotationMix } from "../../tools/preferences/mixing/annotation-mix.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { numbered, putResponses } from "./generated.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const DATA = join(import.meta.dirname, "../../../shared/data/open_instruct");
const judging = await loadJudging({ method: "ultrafeedback" });

const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");
const rowsOf = (path: string) => linesOf(path).map((line) => JSON.parse(line));

async function mixed(
  prompts: Parameters<typeof putResponses>[1],
  more: Partial<MixOptions> = {},
  row?: Parameters<typeof putResponses>[2],
) {
  await using folder = await temporaryFolder();
  const input = await putResponses(folder.at("in"), prompts, row);
  const output = folder.at("out");
  const done = await writeAnnotationMix({ name: "mine", input, output, judging, seed: 1, ...more });
  const rows = rowsOf(join(output, "full/honesty-full.jsonl"));
  const shards = readdirSync(join(output, "mine/honesty")).sort();
  return { done, rows, shards, left: readdirSync(output).sort() };
}

test.skipIf(skipUnless(existsSync(DATA), `the published responses are not at ${DATA}`))(
  "the stored mix comes out in every column but text, given its order of models",
  async () => {
    await using folder = await temporaryFolder();
    const stored = join(DATA, "create_annotation_mix_out");
    const models = new Map(
      rowsOf(join(stored, "full/honesty-full.jsonl")).map((row) => [row.prompt_hash, row.models]),
    );
    await writeAnnotationMix({
      name: "myprompts",
      input: join(DATA, "generate_responses_out"),
      output: folder.path,
      judging,
      seed: 0,
      models: (prompt) => models.get(prompt)!,
    });
    for (const aspect of ASPECTS) {
      for (const name of [
        `full/${aspect}-full.jsonl`,
        `myprompts/${aspect}/${aspect}___shard-000000.jsonl`,
      ]) {
        const [made, expected] = [folder.at(name), join(stored, name)].map((path) =>
          linesOf(path).map((line) => line.replace(/,"text":"(?:[^"\\]|\\.)*"/, "")),
        );
        expect(made).toEqual(expected);
        expect(rowsOf(folder.at(name)).map((row) => Object.keys(row))).toEqual(
          rowsOf(join(stored, name)).map((row) => Object.keys(row)),
        );
      }
    }
  },
);

const five = (count: number) =>
  Object.fromEntries(["a", "b", "c", "org/d", "e"].map((model) => [model, numbered(count)]));

test("four different models are drawn for a prompt, by seed and prompt alone", async () => {
  const whole = await mixed(five(40));
  for (const { models, completions, prompt_hash, raw_text } of whole.rows) {
    expect(new Set(models).size).toBe(4);
    expect(completions).toEqual(models.map((model: string) => `${model} on ${prompt_hash}`));
    expect(raw_text).toBe(`Ask ${prompt_hash}`);
  }
  const [first, last] = [0, 3].map((place) => new Set(whole.rows.map(({ models }) => models[place])));
  expect([first!.size, last!.size]).toEqual([5, 5]);
  const modelsOf = (rows: { prompt_hash: string; models: string[] }[]) =>
    new Map(rows.map(({ prompt_hash, models }) => [prompt_hash, models]));
  const [all, part] = [modelsOf(whole.rows), modelsOf((await mixed(five(10))).rows)];
  for (const [prompt, models] of part) expect(all.get(prompt)).toEqual(models);
  expect(modelsOf((await mixed(five(40), { seed: 2 })).rows)).not.toEqual(all);
});

test("one side is always the model named, in either place", async () => {
  const { rows, done } = await mixed(five(40), { oneSide: "org___d" });
  expect(done.responses).toBe(2);
  for (const { models } of rows) expect(models.filter((model: string) => model === "org/d")).toHaveLength(1);
  const before = rows.filter(({ models }) => models[0] === "org/d").length;
  expect(before).toBeGreaterThan(5);
  expect(before).toBeLessThan(35);
});

test("prompts that a model has not answered are left out and counted, and so are repeated ones", async () => {
  const prompts = { a: ["x", "y", "z"], b: ["z", "x", "x"], c: ["x", "z", "w"] };
  const { rows, done } = await mixed(prompts);
  expect(rows.map(({ prompt_hash }) => prompt_hash)).toEqual(["x", "z"]);
  expect(done).toMatchObject({ rows: 2, responses: 3, incomplete: 2, repeated: 1, emptyResponses: 0 });
  await expect(mixed({ a: ["x"], b: ["y"] })).rejects.toThrow(
    /no prompt that all models have answered \(prompts: a 1, b 1\)/,
  );
  expect((await mixed(prompts, { exclude: ["c"] })).done.models).toEqual(["a", "b"]);
  expect((await mixed(prompts, { include: ["c"] })).rows).toHaveLength(3);
});

test("a sample is the same prompts whatever else is there, in their order", async () => {
  const { rows } = await mixed(five(60), { sample: 12 });
  const names = rows.map(({ prompt_hash }) => prompt_hash);
  expect(names).toHaveLength(12);
  expect(names).toEqual(numbered(60).filter((name) => names.includes(name)));
  expect(
    (await mixed(five(60), { sample: 12, seed: 9 })).rows.map(({ prompt_hash }) => prompt_hash),
  ).not.toEqual(names);
});

test("shards have 250 rows, a shorter mix leaves none of a longer one, and nothing else lies about", async () => {
  await using folder = await temporaryFolder();
  const output = folder.at("out");
  for (const [count, shards] of [
    [501, 3],
    [250, 1],
  ] as const) {
    const input = await putResponses(folder.at(`in${count}`), { a: numbered(count), b: numbered(count) });
    await writeAnnotationMix({ name: "mine", input, output, judging, seed: 1 });
    await writeFile(join(output, "mine/honesty/notes.txt"), "mine");
    const names = readdirSync(join(output, "mine/honesty")).filter((name) => name !== "notes.txt");
    expect(names.sort()).toEqual(numbered(shards).map((_, shard) => `honesty___shard-00000${shard}.jsonl`));
    const all = names.flatMap((name) => linesOf(join(output, "mine/honesty", name)));
    expect(all).toEqual(linesOf(join(output, "full/honesty-full.jsonl")));
    expect(all).toHaveLength(count);
  }
  expect(readdirSync(output).sort()).toEqual(["full", "mine"]);
});

test("a prompt without a hash is known by the SHA-256 of its text and id, and keeps its other members", async () => {
  const { rows } = await mixed({ a: ["x"], b: ["x"] }, { idColumn: "qid" }, (model, prompt) => ({
    qid: 7,
    text: prompt,
    topic: "t",
    outputs: [{ text: model }],
  }));
  const prompt_hash = createHash("sha256").update("x7").digest("hex");
  expect(rows).toMatchObject([{ prompt_hash, id: "7", raw_text: "x", topic: "t" }]);
});

test("what generation leaves beside a model's rows is not mixed", async () => {
  await using folder = await temporaryFolder();
  const input = await putResponses(folder.at("in"), { a: ["x"], b: ["x"] });
  for (const name of ["responses.jsonl", "errors.jsonl", "prompts.jsonl.errors.jsonl", ".part.jsonl"]) {
    await writeFile(join(input, "a", name), '{"row": 0}\n');
  }
  const output = folder.at("out");
  expect(await writeAnnotationMix({ name: "mine", input, output, judging, seed: 1 })).toMatchObject({
    rows: 1,
  });
});

test("a file of prompts that a model all failed leaves the other files as they are", async () => {
  await using folder = await temporaryFolder();
  const input = await putResponses(folder.at("in"), { a: ["x", "y"], b: ["x", "y"] });
  const file = (model: string) => join(input, model, "more.jsonl");
  await writeFile(file("a"), '{"prompt_hash": "z", "text": "Ask z", "outputs": [{"text": "a"}]}\n');
  await writeFile(file("b"), "");
  const mix = () => writeAnnotationMix({ name: "mine", input, output: folder.at("out"), judging, seed: 1 });
  expect(await mix()).toMatchObject({ rows: 2, incomplete: 1 });
  await writeFile(join(input, "b/prompts.jsonl"), "");
  await expect(mix()).rejects.toThrow(/all models have answered \(prompts: a 3, b 0\).* leave models out/);
});

test.each(["json", "csv", "parquet"] as const)(
  "responses in %s make the same mix as in JSONL",
  async (format) => {
    await using folder = await temporaryFolder();
    const input = await putResponses(folder.at("in"), five(12), (model, prompt) => ({
      prompt: [{ role: "user", content: `Ask ${prompt},\n"now"` }],
      id: prompt,
      topic: "ünïcode",
      outputs: [{ index: 0, text: `${model}:\r\n${prompt}`, finish_reason: "stop" }],
    }));
    const mix = async (name: string) => {
      const output = folder.at(name);
      await writeAnnotationMix({ name: "mine", input, output, judging, seed: 1 });
      return linesOf(join(output, "full/honesty-full.jsonl"));
    };
    const expected = await mix("from-jsonl");
    const model = join(input, "a");
    const rows = rowsOf(join(model, "prompts.jsonl"));
    await writeOutput({ format, path: join(model, `prompts.${format}`), rows: each(rows) });
    expect(await mix("from-both")).toEqual(expected);
    await rm(join(model, "prompts.jsonl"));
    await writeFile(join(model, "errors.jsonl"), "{}\n");
    expect(await mix("from-table")).toEqual(expected);
    expect(rowsOf(folder.at("from-table/full/honesty-full.jsonl"))[0]).toMatchObject({
      raw_text: 'Ask p0,\n"now"',
      topic: "ünïcode",
    });
  },
);

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

test("a judge reads a mix in the order that was drawn", async () => {
  await using folder = await temporaryFolder();
  const input = await putResponses(folder.at("in"), five(3));
  await writeAnnotationMix({ name: "mine", input, output: folder.at("out"), judging, seed: 1 });
  const [row] = rowsOf(folder.at("out/full/honesty-full.jsonl"));
  for await (const one of readItems(folder.at("out"), judging)) {
    if ("bad" in one) throw new Error(one.bad.message);
    expect(one.item.responses.map(({ model }) => model)).toEqual(row.models);
    break;
  }
});

test("what cannot be mixed is refused with its place, and no file appears", async () => {
  await using folder = await temporaryFolder();
  const input = await putResponses(folder.at("in"), { a: ["x"], b: ["x"] });
  const mix = (more: Partial<MixOptions> = {}) =>
    writeAnnotationMix({ name: "mine", input, output: folder.at("out"), judging, seed: 1, ...more });
  await expect(mix({ exclude: ["c"] })).rejects.toThrow(/-x names c, of which .* has no responses/);
  await expect(mix({ exclude: ["a", "b"] })).rejects.toThrow(
    /-x and -y leave none of the models of .*: a, b\./,
  );
  await expect(mix({ oneSide: "c" })).rejects.toThrow(
    "--one_side_model is c, which is none of the models: a, b.",
  );
  await expect(mix({ oneSide: "a", include: ["a"] })).rejects.toThrow(/needs another model beside a/);
  await expect(mix({ name: "../x" })).rejects.toThrow(/--name is "\.\.\/x": give a plain name/);
  await expect(mix({ input: folder.at("no") })).rejects.toThrow(/does not exist/);
  await writeFile(join(input, "b/prompts.jsonl"), '{"prompt_hash": "x", "text": "Ask x"}\n');
  await expect(mix()).rejects.toThrow(/prompts\.jsonl line 1 has no text in "outputs"/);
  await writeFile(
    join(input, "b/prompts.jsonl"),
    '{"prompt_hash": "x", "text": "Other", "outputs": [{"text": "b"}]}\n',
  );
  await expect(mix()).rejects.toThrow(/The prompt x has another text in the responses of/);
  await writeFile(join(input, "b/prompts.jsonl"), "{cut");
  await expect(mix()).rejects.toThrow(/prompts\.jsonl line 1 is not valid JSON/);
  await rm(join(input, "b/prompts.jsonl"));
  await writeFile(join(input, "b/prompts.csv"), "prompt_hash,text,outputs\nx,Ask x,plain\n");
  vi.stubEnv("TMPDIR", folder.at("tmp"));
  await mkdir(folder.at("tmp"));
  await expect(mix()).rejects.toThrow(/prompts\.csv line 2 has no text in "outputs"/);
  expect(readdirSync(folder.at("tmp"))).toEqual([]);
  await rm(join(input, "b/prompts.csv"));
  await expect(mix()).rejects.toThrow(
    /has no JSONL, JSON, Parquet or CSV file of b: generate its responses, or leave it out/,
  );
  expect(existsSync(folder.at("out")) ? readdirSync(folder.at("out")) : []).toEqual([]);
});
