import { readdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { type Workplace, workplace } from "./assay.ts";

let simulator: Simulator;
let place: Workplace;
beforeAll(async () => {
  simulator = await startSimulator({ apiKeys: ["sk-right-key"] });
  place = workplace({ OPENAI_API_KEY: "sk-right-key", OPENAI_BASE_URL: simulator.url });
  const rows = Array.from({ length: 5 }, (_, row) => ({
    question: `What is ${row} + ${row}?`,
    answer: `${2 * row}`,
  }));
  writeFileSync(place.at("sums.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  writeFileSync(place.at("system.txt"), "Be brief.\n");
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await simulator.close();
});

const sums = ["--dataset", "sums.jsonl", "--annotator", "gpt-4o-mini", "--system", "system.txt"];
const chat = (row: number) => [
  { role: "system", content: "Be brief." },
  { role: "user", content: `What is ${row} + ${row}?` },
];

describe("before anything is stored", () => {
  test("--dry_run prints the first 3 request bodies and makes no call", async () => {
    const { code, stdout } = await place.run("reannotate", ...sums, "--dry_run", "--max_tokens", "9");
    const bodies = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const shared = { model: "gpt-4o-mini", temperature: 1, top_p: 1, seed: 42, max_tokens: 9 };
    expect(bodies).toEqual([0, 1, 2].map((row) => ({ ...shared, messages: chat(row) })));
    expect(simulator.stats().requests).toBe(0);
    expect(code).toBe(0);
  });

  test("--preview makes the calls of the first rows and shows prompt, original and answer", async () => {
    const { code, stdout } = await place.run(
      "reannotate",
      ...sums,
      "--preview",
      "2",
      "--offset",
      "1",
      "--json",
    );
    const shown = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const answers = [1, 2].map((row) => [answerFor({ model: "gpt-4o-mini", messages: chat(row) })]);
    expect(shown.map((one) => one.answers)).toEqual(answers);
    expect(shown.map((one) => one.original)).toEqual(["2", "4"]);
    expect(simulator.stats().paidCalls).toBe(2);
    expect(code).toBe(0);
  });

  test("--preview --simulator needs no key and no system, and leaves nothing behind", async () => {
    await using bare = workplace();
    const sums = ["--dataset", place.at("sums.jsonl"), "--annotator", "gpt-4o-mini"];
    const { code, stdout } = await bare.run("reannotate", ...sums, "--preview", "1", "--simulator", "--json");
    expect(JSON.parse(stdout).answers).toEqual([expect.stringMatching(/^\[simulated/)]);
    expect(readdirSync(bare.folder)).toEqual([]);
    expect(code).toBe(0);
  });

  test("a preview with a key that is refused says what the provider said, without the key", async () => {
    const wrong = { ...place, env: { ...place.env, OPENAI_API_KEY: "sk-wrong-key" } };
    await using other = workplace(wrong.env);
    const { code, stderr } = await other.run(
      "reannotate",
      "--dataset",
      place.at("sums.jsonl"),
      "--preview",
      "1",
    );
    expect(stderr).toMatch(/^Error: The call to http.* failed: 401 /);
    expect(stderr).not.toContain("sk-wrong-key");
    expect(code).toBe(3);
  });

  test("an estimate counts rows and tokens, and says the cost or that it is unknown", async () => {
    const known = JSON.parse((await place.run("estimate", ...sums, "--json")).stdout);
    expect(known).toMatchObject({ rows: 5, sampled: 5 });
    expect(known.promptTokens).toBeGreaterThan(50);
    expect(known).toMatchObject({ ownAnswers: true });
    expect(known.cost.low).toBeGreaterThan(0);
    const { stdout } = await place.run("estimate", ...sums.with(3, "openai/some-new-model"));
    expect(stdout).toMatch(/^Cost +unknown/m);
    const only = ["--simulator", "--detach", "--overwrite", "--retry_failed", "--preview", "3"];
    expect(JSON.parse((await place.run("estimate", ...sums, ...only, "--json")).stdout)).toEqual(known);
  });
});
