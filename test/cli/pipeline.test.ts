import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPipelineFile } from "../../cli/pipeline/pipeline-file.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { processesIn, until, workplace } from "./assay.ts";

const TIME = { timeout: 180_000 };
const ref = (name: string) => `\${${name}}`;

test.each(["ultrafeedback", "sparse-feedback"])(
  "the example %s.yaml is a pipeline without a fault",
  (name) => {
    const { pipeline } = readPipelineFile(join(packageRoot, `docs/examples/${name}.yaml`));
    expect(pipeline.name).toBe(name);
    expect(pipeline.stages.length).toBeGreaterThan(5);
  },
);

test("a pipeline is run, shown with and without a system, and done when it is run again", TIME, async () => {
  await using place = workplace({ ASSAY_SIMULATOR_LATENCY: "0ms" });
  const prompts = Array.from({ length: 8 }, (_, row) =>
    JSON.stringify({ id: `p${row}`, text: `Name ${row}.` }),
  );
  writeFileSync(place.at("prompts.jsonl"), `${prompts.join("\n")}\n`);
  writeFileSync(
    place.at("models.yaml"),
    "- gpt-4o-mini\n- annotator: gpt-4o-mini\n  name: terse\n  system: Be terse.\n",
  );
  const stages = {
    responses: { uses: "generate", source_file: "*.jsonl", models: "models.yaml", max_tokens: 40 },
    mix: { uses: "mix", input_dir: ref("responses.output"), responses: 2 },
    judge: { uses: "judge", method: "overall", input: ref("mix.output"), annotator: "gpt-4o-mini" },
    pairs: { uses: "preferences binarize", input: ref("judge.output") },
  };
  const limits = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
  writeFileSync(place.at("p.yaml"), JSON.stringify({ defaults: limits, stages }));
  const before = await place.run("pipeline", "show", "p.yaml");
  expect(before.stdout).toMatch(/^responses +responses-generate +ready +- +datasets\/p\/responses$/m);
  expect(before.stdout).toMatch(/^judge +preferences-judge +waiting +- +datasets\/p\/judge\.jsonl$/m);
  expect(before.stderr).toMatch(
    /`assay up --detach`, then this again; to go on: assay pipeline run p\.yaml$/m,
  );

  await place.run("up", "--detach", "--simulator");
  const run = await place.run("pipeline", "run", "p.yaml");
  // Which stage is seen at work depends on how fast they are.
  expect(run.stderr).toMatch(/^((responses|mix|judge|pairs): |\d+\/)/m);
  expect(run.stdout).toMatch(/^pairs +- +completed .* datasets\/p\/pairs\.jsonl$/m);
  expect(run.stdout).toMatch(/^Done: 24 of 24 rows/m);
  expect(run.code).toBe(0);
  expect(existsSync(place.at("datasets/p/pairs.jsonl"))).toBe(true);

  const again = await place.run("pipeline", "run", "p.yaml", "--json");
  const { state, rows, done, steps } = JSON.parse(again.stdout);
  expect([state, rows, done, steps.length, again.code]).toEqual(["completed", 24, 24, 4, 0]);
  const shown = await place.run("pipeline", "show", "p.yaml", "--json");
  expect(JSON.parse(shown.stdout)).toMatchObject({
    name: "p",
    state: "completed",
    stages: [{ name: "responses" }, {}, {}, {}],
  });
  const listed = (await place.run("jobs")).stdout.trimEnd().split("\n").slice(1);
  expect(listed.map((line) => /^ */.exec(line)![0].length)).toEqual([0, 2, 4, 4, 2]);
  await place.run("down");
  await until(() => processesIn(place.folder).length === 0);
  const { code, stdout } = await place.run("pipeline", "show", "p.yaml");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^responses +responses-generate +written +0 /m);
  expect(stdout).toMatch(/^judge +preferences-judge +written +0 /m);
  expect(stdout).toMatch(/^pairs +preferences binarize +written +- /m);
});

test("without a system a stage that lacks its input is named, and one that writes nothing is not known", async () => {
  await using place = workplace();
  const stages = {
    mix: { uses: "mix", input_dir: "nowhere" },
    judge: { uses: "judge", method: "overall", input: ref("mix.output") },
    upload: { uses: "publish", to: "hf:alice/d", input: ref("judge.output") },
  };
  writeFileSync(place.at("p.yaml"), JSON.stringify({ stages }));
  const { code, stderr } = await place.run("pipeline", "show", "p.yaml");
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^Stage mix: There is no file .*nowhere/m)]);
  const shown = JSON.parse((await place.run("pipeline", "show", "p.yaml", "--json")).stdout);
  expect(shown.stages.map(({ state }: { state: string }) => state)).toEqual([
    ...["lacks input", "waiting", "not known"],
  ]);
});

test.each<[string, string, RegExp]>([
  ["is not there", "", /^Error: The pipeline p\.yaml does not exist: check the path\.\n$/],
  ["is no YAML", "stages: [", /^Error: p\.yaml, line 1: .* Correct the YAML there\./],
  ["is a list", "- a\n", /^Error: p\.yaml describes no pipeline: write stages:/],
  [
    "has a circle",
    `stages: {a: {uses: mix, input_dir: '${ref("a.output")}'}}`,
    /^Error: The stages a -> a wait for each other/,
  ],
  [
    "names no model",
    "stages: {a: {uses: generate, source_file: p, models: m.yaml}}",
    /^Error: The file of models m\.yaml does not exist: check the path\.\n$/,
  ],
])("a pipeline that %s is refused before anything is started", async (_what, text, sentence) => {
  await using place = workplace();
  if (text !== "") writeFileSync(place.at("p.yaml"), text);
  const { code, stderr } = await place.run("pipeline", "run", "p.yaml");
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toContain("Starting");
  expect(code).toBe(2);
});

test("a stage's text may stand in a file", async () => {
  await using place = workplace();
  writeFileSync(place.at("words.txt"), "Say it in {text}.\n");
  const stage = {
    uses: "generate",
    source_file: "x.jsonl",
    models: "gpt-4o-mini",
    template: `@${place.at("words.txt")}`,
  };
  writeFileSync(place.at("p.yaml"), JSON.stringify({ stages: { a: stage } }));
  const { pipeline } = readPipelineFile(place.at("p.yaml"));
  expect(pipeline.stages[0]!.message.template).toBe(readFileSync(place.at("words.txt"), "utf8").trimEnd());
});
