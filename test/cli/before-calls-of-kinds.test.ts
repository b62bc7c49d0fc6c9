import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { JOB_COMMANDS } from "../../cli/jobs/job-commands.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { startRecordingProxy } from "../support/recording-proxy.ts";
import { linesOf } from "../support/system.ts";
import { type Workplace, workplace } from "./assay.ts";

const TIME = { timeout: 180_000 };
const KEY = { OPENAI_API_KEY: "sk-right-key" };
const UNLIMITED = ["--max_requests_per_minute", "unlimited", "--max_tokens_per_minute", "unlimited"];
const PROMPTS = ["Name a fruit.", "Name a river.", "Name a metal."];

/** A line of each kind that calls a model, and where its output goes. */
const LINES: Record<string, string[]> = {
  reannotate: ["--dataset", "data.jsonl", "--annotator", "gpt-4o-mini", "--save_dir", "out"],
  generate: ["--source_file", "prompts.jsonl", "--models", "gpt-4o-mini", "--target_dir", "out", "--n", "2"],
  judge: ["--method", "ratings", "--input", "in.csv", "--output", "out.jsonl", "--annotator", "gpt-4o-mini"],
};
const kinds = Object.entries(LINES);

function placed(env: Record<string, string> = {}): Workplace {
  const place = workplace({ ...KEY, ...env });
  const lines = (of: (prompt: string) => object) =>
    PROMPTS.map((one) => `${JSON.stringify(of(one))}\n`).join("");
  writeFileSync(
    place.at("data.jsonl"),
    lines((prompt) => ({ prompt, output: "Something." })),
  );
  writeFileSync(
    place.at("prompts.jsonl"),
    lines((text) => ({ text })),
  );
  writeFileSync(
    place.at("in.csv"),
    `instruction,input,response\n${PROMPTS.map((prompt) => `${prompt},,apple\n`).join("")}`,
  );
  return place;
}

const objects = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const sorted = (bodies: unknown[]) => bodies.map((body) => JSON.stringify(body)).sort();
/** Members in one order, whoever wrote them. */
const inOrder = (body: object) =>
  Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));

test("every kind that has rows stands in these tests", () => {
  const names = Object.keys(JOB_COMMANDS).filter((kind) => kind !== "pipeline");
  expect(names.map((name) => name.split("-").at(-1)).sort()).toEqual(Object.keys(LINES).sort());
});

describe.each(kinds)("%s", (name, line) => {
  test(
    "--dry_run prints what the job then sends, and an estimate says what it then pays for",
    TIME,
    async () => {
      await using simulator = await startSimulator();
      await using proxy = await startRecordingProxy(simulator.url);
      await using place = placed({ OPENAI_BASE_URL: proxy.url });
      const job = [name, ...line, "--max_tokens", "40", ...UNLIMITED];
      const dry = await place.run(...job, "--dry_run");
      expect([dry.code, dry.stderr]).toEqual([0, ""]);
      const estimate = JSON.parse((await place.run("estimate", ...job, "--overwrite", "--json")).stdout);
      expect([simulator.stats().requests, readdirSync(place.folder).includes("out")]).toEqual([0, false]);
      const run = await place.run(...job, "--json");
      const { rows, promptTokens, completionTokens } = JSON.parse(run.stdout);
      expect(sorted(objects(dry.stdout).map(inOrder))).toEqual(sorted(proxy.bodies.map(inOrder)));
      expect(estimate).toMatchObject({ rows, sampled: 3, promptTokens });
      expect(completionTokens).toBeLessThanOrEqual(estimate.completionTokens.high);
      expect(estimate.cost.low).toBeGreaterThan(0);
    },
  );

  test("--preview makes the calls of the first rows, and stores nothing", TIME, async () => {
    await using simulator = await startSimulator({ apiKeys: ["sk-right-key"] });
    await using place = placed({ OPENAI_BASE_URL: simulator.url });
    const before = readdirSync(place.folder);
    const { code, stdout, stderr } = await place.run(
      name,
      ...line,
      "--preview",
      "2",
      "--offset",
      "1",
      "--json",
    );
    expect([code, stderr]).toEqual([0, ""]);
    const shown = objects(stdout);
    expect(shown.map(({ row }) => row)).toEqual([0, 1]);
    for (const [at, prompt] of PROMPTS.slice(1).entries())
      expect(JSON.stringify(shown[at]!.prompt)).toContain(prompt);
    for (const { answers } of shown) expect((answers as string[]).every((one) => one.length > 0)).toBe(true);
    const answersEach = name === "generate" ? 2 : 1;
    expect(shown.map(({ answers }) => (answers as string[]).length)).toEqual([answersEach, answersEach]);
    expect(simulator.stats().paidCalls).toBe(2);
    expect(readdirSync(place.folder)).toEqual(before);
  });

  test("--limit holds for dry runs, previews and estimates", TIME, async () => {
    await using place = placed();
    const limited = [name, ...line, "--limit", "1"];
    expect(objects((await place.run(...limited, "--dry_run")).stdout)).toHaveLength(1);
    expect(JSON.parse((await place.run("estimate", ...limited, "--json")).stdout)).toMatchObject({ rows: 1 });
    const preview = await place.run(...limited, "--preview", "5", "--simulator", "--json");
    expect(objects(preview.stdout)).toHaveLength(1);
  });

  test.each([
    [["--dry_run", "--preview", "1"], "--preview means nothing with --dry_run"],
    [["--dry_run", "--detach"], "--detach means nothing with --dry_run"],
    [["--preview", "1", "--logging_level", "debug"], "--logging_level means nothing with --preview"],
    [["--detach", "--logging_level", "debug"], "--logging_level means nothing with --detach"],
    [["--preview", "0"], '--preview is "0": give a whole number of rows from 1 to 100'],
    [["--dry_run", "--max_batch_size", "5"], "max_batch_size means something with batch only"],
    [["--preview", "1", "--poll", "5", "--hedge", "off"], "poll and hedge mean something with batch only"],
    [["--dry_run", "--limit", "0"], "limit is 0: give a whole number from 1"],
    [["--dry_run", "--shard", "3/2"], "--shard 3/2 is wrong"],
  ])("%s is refused by name, and nothing is asked", TIME, async (flags, sentence) => {
    await using place = placed({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
    const { code, stdout, stderr } = await place.run(name, ...line, ...flags);
    expect(stderr).toContain(`Error: ${sentence}`);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

test(
  "of several models one body each is shown, each estimated, and one that cannot be asked holds up none",
  TIME,
  async () => {
    await using simulator = await startSimulator({ apiKeys: ["sk-right-key"] });
    await using place = placed({ OPENAI_BASE_URL: simulator.url });
    const models = [
      "gpt-4o-mini",
      { annotator: "gpt-4o-2024-08-06", max_tokens: 9 },
      { annotator: "gpt-4o-mini", name: "wordy", max_tokens: 999_999 },
    ];
    writeFileSync(place.at("models.yaml"), JSON.stringify(models));
    const line = ["generate", "--source_file", "prompts.jsonl", "--models", "models.yaml"];
    const dry = await place.run(...line, "--dry_run");
    expect(objects(dry.stdout).map(({ model }) => model)).toEqual(["gpt-4o-mini", "gpt-4o-2024-08-06"]);
    expect(dry.stderr).toMatch(/^Left out: wordy: max_tokens is 999999/m);
    const estimate = JSON.parse((await place.run("estimate", ...line, "--json")).stdout);
    expect(estimate).toMatchObject({ rows: 6, models: [{ name: "gpt-4o-mini", rows: 3 }, { rows: 3 }] });
    expect(estimate.models[1].completionTokens.high).toBe(27);
    const text = (await place.run("estimate", ...line)).stdout;
    expect(text).toMatch(/^gpt-4o-mini\nRows +3\n(.*\n)*Estimate: 6 rows, /m);
    const shown = objects((await place.run(...line, "--preview", "1", "--json")).stdout);
    expect(shown.map(({ model }) => model)).toEqual(["gpt-4o-mini", "gpt-4o-2024-08-06"]);
  },
);

test("a pipeline is estimated a stage at a time, as far as what it reads is there", TIME, async () => {
  await using place = placed();
  const from = (name: string) => `\${${name}.output}`;
  const stages = {
    answers: { uses: "generate", source_file: "prompts.jsonl", models: "gpt-4o-mini,gpt-4o-2024-08-06" },
    mix: { uses: "mix", input_dir: from("answers"), responses: 2 },
    judge: { uses: "judge", method: "overall", input: from("mix"), annotator: "gpt-4o-mini" },
    csv: { uses: "judge", method: "ratings", input: "in.csv", annotator: "gpt-4o-mini" },
  };
  writeFileSync(place.at("p.yaml"), JSON.stringify({ stages }));
  const { code, stdout, stderr } = await place.run("estimate", "pipeline", "p.yaml");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^answers +responses-generate +6 +\d+ +\$/m);
  expect(stdout).toMatch(/^mix +mix +- +- +-$/m);
  expect(stdout).toMatch(/^judge +preferences-judge +\? +\? +\?$/m);
  expect(stdout).toMatch(/^Estimate: 9 rows, /m);
  expect(stderr).toBe(
    "Stage judge is not in it: it reads what mix will write: estimate it when that is done.\n",
  );
  const told = JSON.parse((await place.run("estimate", "pipeline", "p.yaml", "--json")).stdout);
  expect(told).toMatchObject({
    rows: 9,
    stages: [{ name: "answers", estimates: [{ rows: 3 }, { rows: 3 }] }, {}, {}, {}],
  });
  for (const flag of ["--dry_run", "--preview", "--limit"]) {
    const refused = await place.run("pipeline", "run", "p.yaml", flag);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`no flag ${flag.replace("_", "-")}`),
    ]);
  }
  expect(existsSync(place.at("datasets"))).toBe(false);
});

describe("request files of a judgement", () => {
  const write = [
    "judge",
    "--method",
    "ratings",
    "--input",
    "in.csv",
    "--output",
    "requests",
    "--requests_only",
  ];
  const prompts = (place: Workplace) =>
    linesOf(place.at("requests/ratings.jsonl")).map(({ body }) => JSON.stringify(body));

  test.each([
    [
      ["--limit", "2"],
      [0, 1],
    ],
    [["--offset", "2"], [2]],
    [["--shard", "2/3"], [1]],
  ])("%s chooses what is written", async (flags, rows) => {
    await using place = placed();
    expect((await place.run(...write, ...flags)).stderr).toContain("prompt tokens");
    const written = prompts(place);
    expect(written).toHaveLength(rows.length);
    for (const [at, row] of rows.entries()) expect(written[at]).toContain(PROMPTS[row]);
  });

  test.each([
    [["--batch"], "--batch means nothing with --requests_only: leave one of them out."],
    [["--max_cost", "1"], "--max_cost means nothing with --requests_only"],
    [["--preview", "1"], "--preview means nothing with --requests_only"],
    [["--reasks", "1"], "--reasks means nothing with --requests_only"],
    [["--overwrite"], "--overwrite means nothing with --requests_only"],
    [["--offset", "3"], "The input has no row in the part that --offset, --limit and --shard leave."],
  ])("with %s are refused, and none is written", async (flags, sentence) => {
    await using place = placed();
    const { code, stderr } = await place.run(...write, ...flags);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    expect(existsSync(place.at("requests"))).toBe(false);
  });
});

test("what no command is called is refused also behind `assay estimate`", async () => {
  await using place = placed();
  const { code, stderr } = await place.run("estimate", "jugde", "--input", "in.csv");
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/There is no command jugde: did you mean judge\?/),
  ]);
});
