import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { linesOf } from "../support/system.ts";
import { processesIn, workplace } from "./assay.ts";

const UNLIMITED = ["--max_requests_per_minute", "unlimited", "--max_tokens_per_minute", "unlimited"];
const CSV = "instruction,input,response\nName a fruit,,apple\nName a fruit,,stone\n";
const KEY = { OPENAI_API_KEY: "sk-right-key" };

test("ratings of a CSV go into a CSV of feedback; doing it again says that it is done", async () => {
  await using simulator = await startSimulator();
  await using place = workplace({ ...KEY, OPENAI_BASE_URL: simulator.url });
  writeFileSync(place.at("in.csv"), CSV);
  const judge = ["judge", "--method", "ratings", "--input_csv", "in.csv", "--save-feedback-csv", "out.csv"];
  const { code, stdout } = await place.run(...judge, ...UNLIMITED, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ state: "completed", rows: 2, output: place.at("out.csv") });
  expect(code).toBe(0);
  const text = readFileSync(place.at("out.csv"), "utf8");
  expect(text).toMatch(/^Name a fruit,,apple,[1-7]\nName a fruit,,stone,[1-7]\n$/);
  expect((await place.run(...judge, ...UNLIMITED)).stderr).toContain("complete already");
  const other = await place.run(...judge, ...UNLIMITED, "--reasks", "0");
  expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/reasks: 2 -> 0.*another --output/)]);
  expect(simulator.stats().paidCalls).toBe(2);
  expect(processesIn(place.folder)).toEqual([]);
}, 120_000);

test("what judging will cost is said before the first reply has come", async () => {
  await using simulator = await startSimulator({ latency: "60s" });
  await using place = workplace({ ...KEY, OPENAI_BASE_URL: simulator.url });
  writeFileSync(place.at("in.csv"), CSV);
  const judge = ["judge", "--method", "ratings", "--input", "in.csv", "--output", "out.jsonl", ...UNLIMITED];
  const running = place.start(...judge);
  await running.says(/^Estimate: 2 rows, \d+ prompt and .* completion tokens, cost \$\d/m);
  expect(simulator.stats().paidCalls).toBe(0);
}, 120_000);

test("a user's own template and schema: the answers are checked, and stand in the judged rows", async () => {
  await using simulator = await startSimulator();
  await using place = workplace({ ...KEY, OPENAI_BASE_URL: simulator.url });
  writeFileSync(place.at("in.csv"), CSV);
  writeFileSync(place.at("mine.md"), "How long is this? {response}");
  const schema = {
    type: "object",
    properties: { words: { type: "integer", minimum: 0, maximum: 9 } },
    required: ["words"],
    additionalProperties: false,
  };
  writeFileSync(place.at("answer.json"), JSON.stringify(schema));
  const own = ["--prompt_template", "mine.md", "--schema", "answer.json", ...UNLIMITED];
  const { code } = await place.run(
    ...["judge", "--method", "custom", "--input", "in.csv", "--output", "out.jsonl"],
    ...own,
  );
  expect(code).toBe(0);
  // Not only what was typed, so that the file says how the verdicts were made.
  expect(readFileSync(place.at("out.config.yaml"), "utf8")).toContain("\n  temperature: 1\n");
  const rows = linesOf(place.at("out.jsonl"));
  expect(rows.map(({ answer }) => answer)).toEqual([
    { words: expect.any(Number) },
    { words: expect.any(Number) },
  ]);
}, 120_000);

test("request files alone: no call, ids and parameters as the Batch API takes them, and what the prompts cost", async () => {
  await using place = workplace();
  const item = {
    id: "p1",
    prompt: "Say hi",
    completions: [
      { model: "a", completion: "hi" },
      { model: "b", completion: "ho" },
    ],
  };
  writeFileSync(place.at("in.jsonl"), `${JSON.stringify(item)}\n`);
  const judge = ["judge", "--method", "ultrafeedback", "--input", "in.jsonl", "--output", "requests"];
  const { code, stdout } = await place.run(...judge, "--requests_only", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    requests: 4,
    promptTokens: expect.any(Number),
    promptCost: expect.any(Number),
  });
  expect(readdirSync(place.at("requests")).toSorted()).toEqual([
    ...["helpfulness.jsonl", "honesty.jsonl", "instruction_following.jsonl", "truthfulness.jsonl"],
  ]);
  const [line] = linesOf(place.at("requests/helpfulness.jsonl"));
  expect(line).toMatchObject({ custom_id: "p1_hel", body: { temperature: 0.1 } });
  expect(line!.body).not.toHaveProperty("max_tokens");
});

describe("what is wrong is said before anything is started", () => {
  const bad: [string[], RegExp][] = [
    [
      ["--method", "rating", "--input", "in.csv", "--output", "o.jsonl"],
      /method is "rating": give one of ultrafeedback/,
    ],
    [["--method", "ratings", "--input", "no.csv", "--output", "o.jsonl"], /no\.csv does not exist/],
    [["--method", "ratings", "--input", "in.csv", "--output", "o.txt"], /none of the endings \.json/],
    [["--method", "overall", "--input", "in.csv", "--output", "o.csv"], /only ratings and rankings/],
    [["--method", "ratings", "--input", "in.csv", "--output", "in.csv"], /output is the input/],
    [["--method", "custom", "--input", "in.csv", "--output", "o.jsonl"], /--schema is missing/],
    [["--method", "ratings", "--input", "in.csv"], /--output is missing/],
    [
      ["--method", "ratings", "--input", "in.csv", "--output", "o.csv", "--rows_per_shard", "5"],
      /--requests_only/,
    ],
  ];
  test.each(bad)("%s", async (flags, sentence) => {
    await using place = workplace(KEY);
    writeFileSync(place.at("in.csv"), CSV);
    const { code, stderr } = await place.run("judge", ...flags);
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
    expect(stderr).not.toContain("Starting");
  });
});
