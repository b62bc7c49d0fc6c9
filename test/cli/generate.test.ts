import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { startFakeHub } from "../support/fake-hub.ts";
import { processesIn, type Workplace, workplace } from "./assay.ts";

const TIME = { timeout: 120_000 };
const UNLIMITED = ["--max_requests_per_minute", "unlimited", "--max_tokens_per_minute", "unlimited"];

function placeAt(url: string): Workplace {
  const place = workplace({ OPENAI_API_KEY: "sk-right-key", OPENAI_BASE_URL: url });
  const rows = Array.from({ length: 12 }, (_, row) => `${JSON.stringify({ text: `Name ${row}.`, row })}\n`);
  writeFileSync(place.at("prompts.jsonl"), rows.join(""));
  return place;
}

const generate = ["generate", "--source_file", "prompts.jsonl", "--target_dir", "out", ...UNLIMITED];

describe("without a running system", () => {
  test(
    "models of a YAML file answer, also one at an address of its own; a refused key pauses that alone",
    TIME,
    async () => {
      await using simulator = await startSimulator({ apiKeys: ["sk-right-key"] });
      await using other = await startSimulator({ apiKeys: ["sk-of-the-other"] });
      await using place = placeAt(simulator.url);
      const models = [
        "gpt-4o-mini",
        { annotator: "gpt-4o-mini", name: "mini/terse", system: "Be terse.", max_tokens: 20 },
        {
          annotator: "local/one",
          base_url: `${other.url}/`,
          key_variable: "OTHER_KEY",
          prices: { input: 1, output: 2 },
        },
      ];
      writeFileSync(place.at("models.yaml"), JSON.stringify(models));
      place.env.OTHER_KEY = "sk-wrong";
      const first = await place.run(...generate, "--models", "models.yaml");
      expect(first.stderr + first.stdout).toMatch(/Paused: local\/one is paused: /);
      expect(first.stderr).toMatch(/^gpt-4o-mini +[0-9a-f]{16} +completed +12 +12 +0 /m);
      expect(first.code).toBe(3);

      place.env.OTHER_KEY = "sk-of-the-other";
      const again = await place.run(...generate, "--models", "models.yaml", "--json");
      expect(again.code).toBe(0);
      const result = JSON.parse(again.stdout);
      expect(result).toMatchObject({ state: "completed", rows: 36, done: 36, output: place.at("out") });
      expect(result.steps.map(({ name }: { name: string }) => name)).toEqual([
        "gpt-4o-mini",
        "mini/terse",
        "local/one",
      ]);
      expect(readdirSync(place.at("out")).sort()).toEqual(["gpt-4o-mini", "local___one", "mini___terse"]);
      const [line] = readFileSync(place.at("out/local___one/prompts.jsonl"), "utf8").split("\n");
      expect(JSON.parse(line!)).toMatchObject({ text: "Name 0.", row: 0, outputs: [{ index: 0 }] });
      expect([simulator.stats().paidCalls, other.stats().paidCalls]).toEqual([24, 12]);
      expect(processesIn(place.folder)).toEqual([]);
    },
  );

  test("--dry_run prints a request body for each model, and makes no call", TIME, async () => {
    await using simulator = await startSimulator();
    await using place = placeAt(simulator.url);
    const { code, stdout } = await place.run(
      ...generate,
      "--models",
      "gpt-4o-mini,openai/o3-mini",
      "--dry_run",
    );
    const bodies = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(bodies.map(({ model, messages }) => [model, messages])).toEqual([
      ["gpt-4o-mini", [{ role: "user", content: "Name 0." }]],
      ["o3-mini", [{ role: "user", content: "Name 0." }]],
    ]);
    expect([code, simulator.stats().requests]).toEqual([0, 0]);
  });
});

test(
  "with a running system a plan is listed with its models' jobs, and an address that it does not know is refused",
  TIME,
  async () => {
    await using simulator = await startSimulator();
    await using place = placeAt(simulator.url);
    await place.run("up", "--detach");
    expect((await place.run(...generate, "--models", "gpt-4o-mini,gpt-4o-2024-08-06")).code).toBe(0);
    const { stdout } = await place.run("jobs");
    const [, plan, ...steps] = stdout.trimEnd().split("\n");
    expect(plan).toMatch(/^[0-9a-f]{16} +completed +24 +24 +0 .*gpt-4o-mini, gpt-4o-2024-08-06/);
    expect(steps.map((line) => line.slice(0, 4))).toEqual([
      expect.stringMatching(/^ {2}\S/),
      expect.stringMatching(/^ {2}\S/),
    ]);
    const shown = await place.run("show", plan!.slice(0, 8));
    expect(shown.stdout).toMatch(/^step +job +state/m);

    const described = [{ annotator: "local/one", base_url: simulator.url }];
    writeFileSync(place.at("models.yaml"), JSON.stringify(described));
    const refused = await place.run(...generate, "--models", "models.yaml");
    expect(refused.stderr).toMatch(
      /^Error: local\/one is described at http.* but the running system does not know it: put it into/m,
    );
    expect(refused.code).toBe(3);
  },
);

test.each<[string, unknown, RegExp]>([
  ["no list", { models: [] }, /models\.yaml lists no models: write a list/],
  [
    "a key",
    [{ annotator: "a", base_url: "http://x/v1", api_key: "sk-1" }],
    /entry 1 has the field api_key: a key does not/,
  ],
  [
    "a misspelt field",
    [{ annotator: "a", bas_url: "http://x/v1" }],
    /entry 1 has an unknown field bas_url: did you mean base_url\?/,
  ],
  [
    "a wrong address",
    ["b", { annotator: "a", base_url: "x" }],
    /entry 2, field base_url: is no http or https address/,
  ],
  ["nobody", [{ temperature: 1 }], /entry 1 has no annotator/],
])("a file of models that holds %s is refused with its place", async (_what, models, sentence) => {
  await using place = placeAt("http://127.0.0.1:9/v1");
  writeFileSync(place.at("models.yaml"), JSON.stringify(models));
  const { code, stderr } = await place.run(...generate, "--models", "models.yaml");
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toContain("sk-1");
  expect(code).toBe(2);
});

test("--dry_run shows the first request of a hub dataset, whose part is chosen by the usual flags", async () => {
  const main = { "train.jsonl": '{"text":"a"}', "test.jsonl": '{"text":"b"}' };
  await using hub = await startFakeHub({ "some/tasks": { revisions: { main } } });
  await using place = workplace({ HF_ENDPOINT: hub.endpoint });
  const asked = ["generate", "--source_file", "hf:some/tasks", "--models", "gpt-4o-mini", "--dry_run"];
  const { code, stdout } = await place.run(...asked, "--split", "test");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).messages).toEqual([{ role: "user", content: "b" }]);
  const unlike = (name: string) => [
    "generate",
    "--source_file",
    name,
    "--models",
    "gpt-4o-mini",
    "--dry_run",
  ];
  expect((await place.run(...unlike("some/tasks"))).stderr).toMatch(
    /: check the path, or write hf:some\/tasks for a dataset of the hub\.$/m,
  );
  expect((await place.run(...unlike("teknium/GPT4-LLM-Clean"))).stderr).toMatch(
    /: check the path, or write teknium\/GPT4-LLM-Cleaned for a dataset of the hub\.$/m,
  );
  const beside = await place.run(...asked, "--source_file", "x.jsonl");
  expect([beside.code, beside.stderr]).toEqual([2, expect.stringContaining("stands beside other prompts")]);
});
