import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportJob, type JobView, listJobs } from "../../shared/contracts/jobs-api.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { allOf } from "../datasets/temporary-folder.ts";
import { linesOf, startSystem } from "../support/system.ts";
import {
  folderOf,
  MODELS,
  start,
  startGenerating,
  stateOf,
  submit,
  TIME,
  writePrompts,
} from "./generating.ts";

test(
  "several models answer several files: a folder a model, a file a file, each row as it was with its outputs",
  TIME,
  async () => {
    await using generating = await startGenerating();
    const { system, simulator } = generating;
    await generating.startCoordinator();
    writePrompts(system, { a: 12, b: 5 });
    const job = await start(system, { n: 2 });
    const view = await system.over(job);
    expect(stateOf(view)).toEqual(["completed", 51, 51, 0]);
    expect(view.steps!.map(({ rows, done }) => [rows, done])).toEqual([
      [17, 17],
      [17, 17],
      [17, 17],
    ]);
    expect(view.promptTokens).toBe(view.steps!.reduce((sum, step) => sum + step.promptTokens, 0));
    expect(view.cost).toBeCloseTo(view.steps!.reduce((sum, step) => sum + step.cost!, 0));
    for (const model of MODELS) {
      const folder = join(system.folder, "out", folderOf(model));
      expect(readdirSync(folder).sort()).toEqual([
        ...["a.jsonl", "b.jsonl", "config.yaml", "errors.jsonl", "responses.jsonl"],
      ]);
      const source = linesOf(join(system.folder, "prompts/a.jsonl"));
      const rows = linesOf(join(folder, "a.jsonl"));
      expect(rows.map(({ outputs: _, asked: __, ...row }) => row)).toEqual(source);
      for (const { asked } of rows) expect(asked).toMatchObject({ messages: [{ role: "user" }] });
      for (const { outputs } of rows) {
        expect(outputs).toMatchObject([
          { index: 0, text: expect.any(String), finish_reason: expect.any(String) },
          { index: 1, text: expect.any(String) },
        ]);
      }
    }
    expect(simulator.stats().paidCalls).toBe(51);

    const { jobs } = (await ask(system.client, listJobs, [], {}, 5000)) as { jobs: JobView[] };
    const children = jobs.filter(({ parent }) => parent === job).map((child) => child.job);
    expect(children.sort()).toEqual(view.steps!.map((step) => step.job!).sort());
    expect(jobs.filter(({ parent }) => parent === null)).toHaveLength(1);
  },
);

test(
  "a single model is a job of its own, which a plan of several takes in without asking again",
  TIME,
  async () => {
    await using generating = await startGenerating();
    const { system, simulator } = generating;
    await generating.startCoordinator();
    writePrompts(system, { a: 10 });
    const single = await start(system, { models: MODELS[0] });
    const alone = await system.over(single);
    expect([...stateOf(alone), alone.steps]).toEqual(["completed", 10, 10, 0, null]);
    expect(alone.output).toBe(join(system.folder, "out/gpt-4o-mini/a.jsonl"));
    const job = await start(system, { exclude: MODELS[2] });
    const view = await system.over(job);
    expect(stateOf(view)).toEqual(["completed", 20, 20, 0]);
    expect(view.steps![0]!.job).toBe(single);
    expect(simulator.stats().paidCalls).toBe(20);
  },
);

test(
  "sparse feedback: {instruction, input, responses} of instructions with and without an input",
  TIME,
  async () => {
    await using generating = await startGenerating();
    const { system } = generating;
    await generating.startCoordinator();
    const rows = [{ instruction: "Add.", input: "1 2" }, { instruction: "Greet." }];
    writeFileSync(join(system.folder, "prompts/tasks.json"), JSON.stringify(rows));
    const message = { source_file: "prompts/tasks.json", models: MODELS[0], format: "sparse-feedback" };
    const view = await system.over(await start(system, message));
    const written = JSON.parse(readFileSync(view.output, "utf8"));
    expect(view.output).toBe(join(system.folder, "out/gpt-4o-mini/tasks.json"));
    expect(written).toEqual([
      { instruction: "Add.", input: "1 2", responses: expect.any(Array) },
      { instruction: "Greet.", input: "", responses: expect.any(Array) },
    ]);
    for (const { responses } of written) expect(new Set(responses).size).toBe(5);
  },
);

test(
  "as CSV or Parquet all columns that any row has are there, the answers as JSON; a job can be exported so, too",
  TIME,
  async () => {
    await using generating = await startGenerating();
    const { system, simulator } = generating;
    await generating.startCoordinator();
    const prompts = [
      { id: 1, text: "Say a." },
      { id: 2, text: "Say, b.", meta: { deep: [1.5] } },
    ];
    const lines = prompts.map((row) => JSON.stringify(row));
    writeFileSync(join(system.folder, "prompts/few.jsonl"), lines.join("\n"));
    const message = { source_file: "prompts/few.jsonl", models: MODELS[0], n: 2, format: "csv" };
    const job = await start(system, message);
    const view = await system.over(job);
    expect(view.output).toBe(join(system.folder, "out/gpt-4o-mini/few.csv"));
    const table = async (path: string) =>
      (await allOf(readRows(path))).map((row) => ("value" in row ? row.value : row.fault));
    const rows = (await table(view.output)) as Record<string, string>[];
    expect(rows).toMatchObject([
      { id: "1", text: "Say a.", meta: "" },
      { id: "2", text: "Say, b.", meta: '{"deep":[1.5]}' },
    ]);
    for (const { outputs } of rows) expect(JSON.parse(outputs!)).toMatchObject([{ index: 0 }, { index: 1 }]);
    const exported = await ask(system.client, exportJob, [], { job, format: "parquet" }, 20_000);
    const parquet = join(system.folder, "out/gpt-4o-mini/few.parquet");
    expect(exported).toMatchObject({ output: parquet, rows: 2 });
    expect(await table(parquet)).toMatchObject([{ id: "1", meta: null }, { meta: '{"deep":[1.5]}' }]);
    expect(simulator.stats().paidCalls).toBe(2);
  },
);

test.each<[string, Record<string, unknown>, RegExp]>([
  ["a file outside", { source_file: "/etc/*.json" }, /^source_file \/etc lies outside of the data roots/],
  ["a folder outside", { target_dir: "../out" }, /^target_dir \.\.\/out lies outside/],
  [
    "an unknown model",
    { models: "gpt-4o-mini,gpt-4o-mimi" },
    /^Unknown annotator "gpt-4o-mimi": did you mean/,
  ],
  [
    "two files of one name",
    { source_file: ["prompts/a.jsonl", "more/a.json"] },
    /would both be answered in a\.jsonl/,
  ],
  ["a name that is taken", { source_file: "more/errors.jsonl" }, /another file's name: rename it/],
  [
    "what no model takes",
    { models: "openai/o3-mini,openai/o1", temperature: 0.1 },
    /o3-mini does not take temp.* openai\/o1/,
  ],
])("%s is refused with one sentence, and nothing is started", async (_what, message, sentence) => {
  await using system = await startSystem();
  await system.coordinator();
  for (const folder of ["prompts", "more"]) mkdirSync(join(system.folder, folder));
  for (const file of ["prompts/a.jsonl", "more/a.json", "more/errors.jsonl"])
    writeFileSync(join(system.folder, file), '{"text":"a"}\n');
  expect(await submit(system, message)).toMatchObject({
    error: expect.stringMatching(sentence),
    exitCode: 2,
  });
  const { jobs } = (await ask(system.client, listJobs, [], {}, 5000)) as { jobs: JobView[] };
  expect(jobs).toEqual([]);
});
