import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { writeOutput } from "../../shared/datasets/writing/write-output.ts";
import { type Binarize, binarize } from "../../tools/preferences/pairs/binarize.ts";
import { preferenceFormat } from "../../tools/preferences/pairs/preference-format.ts";
import { allOf, each, temporaryFolder } from "../datasets/temporary-folder.ts";

const judged = (id: string, means: (number | null)[], more: object = {}) => ({
  id,
  instruction: `Ask ${id}`,
  input: "",
  models: means.map((_, index) => (index === 1 ? null : `m${index}`)),
  responses: means.map((_, index) => `${id}${index}`),
  means,
  ...more,
});

async function binarized(rows: (object | string)[], more: Partial<Binarize> = {}, name = "out.jsonl") {
  await using folder = await temporaryFolder();
  const text = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
  const input = await folder.put("judged.jsonl", `${text}\n`);
  const output = folder.at(name);
  const format = preferenceFormat("open-instruct", name);
  const done = await binarize({
    input,
    output,
    format,
    rejected: "lowest",
    seed: 0,
    ties: "drop",
    margin: 0,
    ...more,
  });
  const values = (await allOf(readRows(output))).map((row) => ("value" in row ? row.value : row.fault));
  const errors = existsSync(`${output}.errors.jsonl`) ? readFileSync(`${output}.errors.jsonl`, "utf8") : "";
  return { done, values, errors: errors.replaceAll(folder.path, "") };
}

const turn = (role: string, content: string) => ({ role, content });

test("a pair is written as open-instruct reads it, with models and ratings", async () => {
  const row = { ...judged("a", [3, 4.25, 1]), input: "in", dataset: "d" };
  const { values } = await binarized([row]);
  const user = turn("user", "Ask a\n\nin");
  expect(values).toEqual([
    {
      prompt: "Ask a\n\nin",
      chosen: [user, turn("assistant", "a1")],
      rejected: [user, turn("assistant", "a2")],
      chosen_rating: 4.25,
      rejected_rating: 1,
      dataset: "d",
      chosen_model: null,
      rejected_model: "m2",
    },
  ]);
});

test("how it was made stands beside it, with the judge's own words and the simulator's mark", async () => {
  await using folder = await temporaryFolder();
  const reply = "[simulated judge]\n\n#### Output for Text 1";
  const rows = [judged("a", [3, 1], { judgements: { overall: { reply } } }), judged("b", [2, 2])];
  const input = await folder.put("judged.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await folder.put("judged.config.yaml", "uuid: u\nparams: {annotator: m, seed: 42}\n");
  const write = (name: string, seed: number) =>
    binarize({
      ...{ input, output: folder.at(name), format: preferenceFormat("open-instruct", name) },
      ...{ rejected: "random", seed, ties: "drop", margin: 0.5 },
    });
  const configIn = (name: string) => parse(readFileSync(folder.at(`${name}.config.yaml`), "utf8"));
  expect(await write("pairs.jsonl", 7)).toMatchObject({ simulated: true });
  expect(configIn("pairs")).toEqual({
    made_by: "preferences binarize",
    params: { input, format: "open-instruct,jsonl", rejected: "random", seed: 7, ties: "drop", margin: 0.5 },
    counts: { prompts: 2, pairs: 1, unusable: 0, unrated: 0, tied: 1, identical: 0, within_margin: 0 },
    simulated: true,
    judge: { uuid: "u", params: { annotator: "m", seed: 42 } },
  });
  await write("pairs.jsonl", 8);
  expect(configIn("pairs").params.seed).toBe(8);
  // What the judge's job wrote is its own.
  await write("judged.parquet", 8);
  expect(configIn("judged").uuid).toBe("u");
});

test("or as TRL's conversational preference format has it: prompt, chosen and rejected are lists of messages", async () => {
  const { values } = await binarized([judged("a", [3, 1])], { format: { shape: "trl", file: "jsonl" } });
  expect(values).toMatchObject([
    {
      prompt: [turn("user", "Ask a")],
      chosen: [turn("assistant", "a0")],
      rejected: [turn("assistant", "a1")],
    },
  ]);
});

test("Parquet holds the same rows, with lists of messages and numbers as what they are", async () => {
  const rows = [judged("a", [3, 1], { dataset: "d" }), judged("b", [2, 4, 5])];
  for (const shape of ["open-instruct", "trl"] as const) {
    const lines = await binarized(rows, { format: { shape, file: "jsonl" } });
    const table = await binarized(rows, { format: { shape, file: "parquet" } }, "out.parquet");
    const withDataset = lines.values.map((value) => ({ dataset: null, ...(value as object) }));
    expect(JSON.parse(JSON.stringify(table.values))).toEqual(withDataset);
  }
  const half = { ...judged("a", [3, 1]), instruction: "\ud800" };
  const { done, values } = await binarized([half], {}, "out.parquet");
  expect(done.replaced).toBeGreaterThan(0);
  expect(values).toMatchObject([{ chosen: [{ content: "\ufffd" }, { content: "a0" }] }]);
});

test("rows that give no pair are counted, rows that are none are listed, and neither changes another", async () => {
  const good = [judged("a", [3, 1]), judged("b", [2, 5, 4])];
  const bad = [
    "{cut",
    "[1]",
    { id: "c", instruction: "c" },
    { id: "d", instruction: "d", responses: ["x", "y"] },
    judged("e", [1], { responses: ["x", "y"], models: null }),
    judged("f", [1, 2], { means: ["good", 2] }),
  ];
  const alone = await binarized(good, { rejected: "random", seed: 4 });
  const among = await binarized(
    [bad[0]!, good[0]!, ...bad.slice(1), judged("t", [2, 2]), judged("u", [2, null]), good[1]!],
    {
      rejected: "random",
      seed: 4,
    },
  );
  expect(among.values).toEqual(alone.values);
  expect(among.done).toMatchObject({
    rows: 10,
    pairs: 2,
    bad: 6,
    dropped: { unrated: 1, tied: 1, identical: 0, withinMargin: 0 },
  });
  const reasons = among.errors
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(reasons.map(({ reason }) => reason)).toEqual([
    "malformed_json",
    "not_an_object",
    "no_responses",
    "not_rated",
    "wrong_mean_count",
    "not_rated",
  ]);
  expect(reasons[3].message).toBe(
    '/judged.jsonl line 5 has neither "means" nor "judgements" of its responses: it is no judged row.',
  );
});

test("means are taken anew from the ratings where another way of averaging is asked for", async () => {
  const judgements = { honesty: { ratings: [5, null] }, helpfulness: { ratings: [2, 3] } };
  const row = judged("a", [3.5, 3], { judgements });
  expect((await binarized([row])).values).toMatchObject([{ chosen_rating: 3.5 }]);
  expect((await binarized([row], { commonAspects: true })).values).toMatchObject([
    { chosen_rating: 3, rejected_rating: 2, chosen_model: null },
  ]);
  await expect(binarized([row], { minAspects: 2 })).rejects.toThrow(
    /gives no pair: 1 rows have fewer than two rated responses/,
  );
});

test("judged rows may come from Parquet, whose cells hold lists as text", async () => {
  await using folder = await temporaryFolder();
  const rows = [judged("a", [3, null, 4.5]), judged("b", [2, 5, 4], { order: [2, 1, 0] })];
  const input = folder.at("judged.parquet");
  await writeOutput({ format: "parquet", path: input, rows: each(rows) });
  const output = folder.at("out.jsonl");
  const format = preferenceFormat("trl", output);
  await binarize({ input, output, format, rejected: "random", seed: 4, ties: "drop", margin: 0 });
  const lines = await binarized(rows, { rejected: "random", seed: 4, format });
  expect((await allOf(readRows(output))).map((row) => "value" in row && row.value)).toEqual(lines.values);
});

test("what cannot be binarized at all is refused, and no file appears", async () => {
  await expect(binarized([judged("a", [2, 2])])).rejects.toThrow(
    /gives no pair: 0 .*, 1 have none below the best/,
  );
  await expect(binarized(["{}"])).rejects.toThrow(
    /has no row that can be used: .* line 1 has no responses\.$/,
  );
  await expect(binarized([judged("a", [1, 2])], { ties: "keep", margin: 1 })).rejects.toThrow(
    /contradict each other/,
  );
  expect(() => preferenceFormat("tlr", "a")).toThrow('--format has "tlr": did you mean trl?');
  expect(preferenceFormat("trl,parquet", "a.jsonl")).toEqual({ shape: "trl", file: "parquet" });
});
