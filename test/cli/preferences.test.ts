import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { workplace } from "./assay.ts";

const place = workplace();
afterAll(() => place[Symbol.asyncDispose]());

const text = (name: string) => readFileSync(place.at(name), "utf8");
const put = (name: string, ...rows: object[]) => {
  mkdirSync(place.at(name.slice(0, Math.max(name.lastIndexOf("/"), 0)) || "."), { recursive: true });
  writeFileSync(place.at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
};

for (const model of ["a", "org___b"]) {
  const prompts = model === "a" ? ["x", "y"] : ["y"];
  put(
    `pool/${model}/rows.jsonl`,
    ...prompts.map((one) => ({ prompt_hash: one, text: `${one}?`, outputs: [{ text: model }] })),
  );
}
const content =
  "#### Output for Text 1\nRating: 4\nRationale: x\n\n#### Output for Text 2\nRating: 2\nRationale: y";
const result = (custom_id: string, message: object) => ({
  custom_id,
  response: { status_code: 200, body: { choices: [{ message }] } },
});
put("raw/results.jsonl", result("y_hon", { content }), result("y_ins", { content: "Sorry." }));
put(
  "judged.jsonl",
  { id: "y", instruction: "y?", models: ["a", "b"], responses: ["p", "q"], means: [4, 2] },
  { id: "z" },
);
mkdirSync(place.at("none"));

describe("mix", () => {
  test("writes a file for each aspect, and says what was left out and that models are few", async () => {
    const { code, stdout, stderr } = await place.run(
      ...["mix", "--name", "mine", "--input_dir", "pool", "--output-dir", "mix"],
    );
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        "2 responses a prompt, of 2 models (seed 0).\n" +
        "There are fewer than the 4 models that --responses asks for: all of them are taken.\n" +
        "1 prompt was left out: a model has no response to it.\n",
    });
    expect(stdout).toContain("mix/full/honesty-full.jsonl: 1 prompt\n");
    expect(readdirSync(place.at("mix"))).toEqual(["full", "mine"]);
    expect(JSON.parse(text("mix/full/honesty-full.jsonl"))).toMatchObject({ id: "y", aspect: "honesty" });
  });

  test.each<[argv: string[], says: string]>([
    [["--input_dir", "pool", "--output_dir", "x"], "--name is missing"],
    [["--name", "m", "--output_dir", "x"], "--input_dir is missing"],
    [["--name", "m", "--input_dir", "pool"], "--output_dir is missing"],
    [
      ["--name", "m", "--input_dir", "none", "--output_dir", "x"],
      "none has no folder of a model's responses",
    ],
    [
      ["--name", "m", "--input_dir", "pool", "--output_dir", "x", "-x", "c"],
      "-x names c, of which pool has no",
    ],
    [["--name", "m", "--input_dir", "pool", "--output_dir", "x", "--seed", "-1"], '--seed is "-1"'],
    [
      ["--name", "m", "--input_dir", "pool", "--output_dir", "x", "--responses", "0"],
      "give a whole number from 1 on",
    ],
    [["--name", "m", "--input_dir", "pool", "--output_dir", "judged.jsonl"], "cannot be written"],
    [
      ["--name", "m", "--input_dir", "pool", "--output_dir", "x", "--prompt_template", "none"],
      "none has no instruction_following.md",
    ],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stdout, stderr } = await place.run("mix", ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("preferences parse", () => {
  test("joins results with their mix, and tells by its exit code that something could not be used", async () => {
    await place.run("mix", "--name", "mine", "--input_dir", "pool", "--output-dir", "reference");
    const { code, stdout, stderr } = await place.run(
      ...[
        "preferences",
        "parse",
        "--input_dir",
        "raw",
        "--reference-file",
        "reference/full/honesty-full.jsonl",
      ],
      ...["--output_path", "parsed.jsonl", "--format", "trl"],
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "parsed.jsonl: 1 pair of 1 prompt\n" });
    expect(stderr).toContain("2 results on instruction_following, honesty.\n");
    expect(stderr).toContain("1 line of parsed.jsonl.errors.jsonl says what could not be used.\n");
    expect(JSON.parse(text("parsed.jsonl"))).toMatchObject({ prompt: [{ content: "y?" }], chosen_rating: 4 });
    expect(JSON.parse(text("parsed.jsonl.errors.jsonl"))).toMatchObject({ id: "y_ins", reply: "Sorry." });
  });
});

describe("preferences binarize", () => {
  test("makes pairs of judged rows, and prints its counts as JSON", async () => {
    const { code, stdout } = await place.run(
      ...[
        "preferences",
        "binarize",
        "--input",
        "judged.jsonl",
        "--output",
        "pairs.jsonl",
        "--rejected",
        "lowest",
        "--json",
      ],
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 2,
      pairs: 1,
      bad: 1,
      errors: "pairs.jsonl.errors.jsonl",
      seed: 0,
    });
    expect(JSON.parse(text("pairs.jsonl"))).toMatchObject({
      prompt: "y?",
      chosen_model: "a",
      rejected_model: "b",
    });
  });

  test.each<[argv: string[], says: string]>([
    [["--output", "x.jsonl"], "--input is missing"],
    [["--input", "judged.jsonl"], "--output is missing"],
    [["--input", "judged.jsonl", "--output", "judged.jsonl"], "--output is the input file judged.jsonl"],
    [["--input", "no.jsonl", "--output", "x.jsonl"], "no.jsonl does not exist"],
    [["--input", "judged.jsonl", "--output", "x", "--rejected", "worst"], "give random or lowest"],
    [["--input", "judged.jsonl", "--output", "x", "--ties", "all"], "give drop or keep"],
    [["--input", "judged.jsonl", "--output", "x", "--margin", "much"], "give a number from 0 on"],
    [["--input", "judged.jsonl", "--output", "x", "--margin", "3"], "gives no pair"],
    [["--input", "judged.jsonl", "--output", "x", "--format", "tlr"], "did you mean trl?"],
    [["--input", "judged.jsonl", "--output", "x", "--min_aspects", "0"], "give a whole number from 1 on"],
  ])("%j ends in one sentence and exit code 2", async (argv, says) => {
    const { code, stdout, stderr } = await place.run("preferences", "binarize", ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
