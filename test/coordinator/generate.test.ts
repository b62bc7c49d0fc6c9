import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { JobView, SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { exportJob, listJobs, listRows } from "../../shared/contracts/jobs-api.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import type { CoordinatorOptions } from "../support/coordinator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { linesOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

type Options = Parameters<typeof startSimulator>[0];
const TIME = { timeout: 120_000 };
const UNLIMITED = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
const MODELS = ["gpt-4o-mini", "gpt-4o-2024-08-06", "openai/gpt-4.1-nano"];

/** A system that generates, at a simulator; `second/NAME` is a provider of its own with another key. */
async function startGenerating(options: Options = {}, coordinator: Partial<CoordinatorOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const system = stack.use(await startSystem());
  const simulator = stack.use(await startSimulator({ apiKeys: [KEY], tokenizer: "bytes", ...options }));
  const second = stack.use(await startSimulator({ apiKeys: ["sk-second"], tokenizer: "bytes" }));
  const annotators = join(system.folder, "annotators.yaml");
  const entry = { base_url: second.url, key_variable: "SECOND_KEY", model: "second-model" };
  writeFileSync(annotators, JSON.stringify({ annotators: { "second/model": entry } }));
  const environment = { ASSAY_ANNOTATORS: annotators };
  const startCoordinator = (more: Partial<CoordinatorOptions> = {}) =>
    system.coordinator({ ...coordinator, ...more, environment: { ...environment, ...more.environment } });
  const keyed = { ...environment, OPENAI_BASE_URL: simulator.url, SECOND_KEY: "sk-wrong" };
  const dispatcher = stack.use(await startDispatcher(system.nats, keyed));
  mkdirSync(join(system.folder, "prompts"));
  return {
    system,
    simulator,
    second,
    dispatcher,
    startCoordinator,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Prompts in files, as `{file: rows}`. */
function writePrompts(system: TestSystem, files: Record<string, number>): void {
  for (const [name, rows] of Object.entries(files)) {
    const lines = Array.from({ length: rows }, (_, row) =>
      JSON.stringify({ id: `${name}-${row}`, text: `Say something about ${name} ${row}`, meta: { row } }),
    );
    writeFileSync(join(system.folder, "prompts", `${name}.jsonl`), `${lines.join("\n")}\n`);
  }
}

function submit(system: TestSystem, message: Record<string, unknown>): Promise<SubmissionAnswer> {
  const body = {
    source_file: "prompts/*.jsonl",
    target_dir: "out",
    temp_dir: "temp",
    models: MODELS,
    max_tokens: 64,
    ...UNLIMITED,
    ...message,
  };
  return submitJob(system.client, "responses-generate", body, { timeoutMs: 20_000 });
}

async function start(system: TestSystem, message: Record<string, unknown> = {}): Promise<string> {
  const answer = await submit(system, message);
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

const folderOf = (model: string) => model.replaceAll("/", "___");

/** What the models have answered, by model and file. */
function outputsIn(system: TestSystem, target = "out"): Record<string, unknown> {
  const folder = join(system.folder, target);
  const files = readdirSync(folder, { recursive: true }).map(String);
  const outputs = files.filter((file) => /\.jsonl?$/.test(file) && !/(responses|errors)\.jsonl$/.test(file));
  return Object.fromEntries(outputs.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

const stateOf = (view: JobView) => [view.state, view.rows, view.done, view.failed];
const stepStates = (view: JobView) => view.steps!.map(({ name, state }) => `${name} ${state}`);

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
      expect(rows.map(({ outputs: _, ...row }) => row)).toEqual(source);
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

describe("a model that fails", () => {
  test(
    "holds up none of the others; the plan names it, and goes on when that is put right",
    TIME,
    async () => {
      await using generating = await startGenerating();
      const { system, second } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 8 });
      const models = ["gpt-4o-mini", "second/model", { annotator: "openai/o3-mini", temperature: 0.5 }];
      const job = await start(system, { models });
      const paused = await system.over(job);
      expect(paused.state).toBe("paused");
      expect(stepStates(paused)).toEqual([
        "gpt-4o-mini completed",
        "second/model paused",
        "openai/o3-mini refused",
      ]);
      expect(paused.reason!.code).toBe("authentication");
      expect(paused.reason!.message).toMatch(
        /^second\/model is paused: .* openai\/o3-mini was refused: openai\/o3-mini does not take temperature/,
      );
      expect(paused.done).toBe(8);

      second.configure({ apiKeys: ["sk-wrong"] });
      await system.change(job, "resume");
      const view = await system.over(job);
      expect(view.state).toBe("completed_with_errors");
      expect(view.reason!.message).toMatch(/^openai\/o3-mini was refused/);
      expect(Object.keys(outputsIn(system))).toEqual(["gpt-4o-mini/a.jsonl", "second___model/a.jsonl"]);
      expect(second.stats().paidCalls).toBe(8);

      const right = await start(system, { models: [...models.slice(0, 2), "openai/o3-mini"] });
      expect(right).toBe(job);
      expect(stateOf(await system.over(job))).toEqual(["completed", 24, 24, 0]);
    },
  );

  test(
    "and its rows: they are left out, stand in errors.jsonl by file, and a retry asks them alone",
    TIME,
    async () => {
      await using generating = await startGenerating({ poison: [{ marker: "about b 3", fault: "400" }] });
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 4, b: 5 });
      const job = await start(system, { models: MODELS.slice(0, 2) });
      const view = await system.over(job);
      expect(stateOf(view)).toEqual(["completed_with_errors", 18, 16, 2]);
      const folder = join(system.folder, "out/gpt-4o-mini");
      expect(linesOf(join(folder, "b.jsonl")).map(({ id }) => id)).toEqual(["b-0", "b-1", "b-2", "b-4"]);
      expect(linesOf(join(folder, "errors.jsonl"))).toMatchObject([{ file: "b.jsonl", file_row: 3, row: 7 }]);
      const question = { job, failed: true, limit: 10, from: 0 };
      expect(await ask(system.client, listRows, [], question, 5000)).toMatchObject({
        rows: [
          { step: "gpt-4o-mini", row: 7, state: "failed" },
          { step: "gpt-4o-2024-08-06", row: 7, state: "failed" },
        ],
      });
      simulator.configure({ poison: [] });
      const paid = simulator.stats().paidCalls;
      await system.change(job, "retry");
      expect(stateOf(await system.over(job))).toEqual(["completed", 18, 18, 0]);
      expect(linesOf(join(folder, "b.jsonl"))).toHaveLength(5);
      expect(simulator.stats().paidCalls).toBe(paid + 2);
    },
  );
});

describe("a plan in the hands of a person", () => {
  test("pause rests all models, resume goes on with all, also under another coordinator", TIME, async () => {
    await using generating = await startGenerating({ latency: "30ms" });
    const { system, simulator } = generating;
    const first = await generating.startCoordinator();
    writePrompts(system, { a: 60 });
    const job = await start(system, { concurrency: 2 });
    await until("some rows are done", async () => ((await system.show(job))?.done ?? 0) > 10);
    const paused = await system.change(job, "pause");
    expect([paused.state, ...paused.steps!.map(({ state }) => state)]).toEqual(Array(4).fill("paused"));
    const part = await ask(system.client, exportJob, [], { job, format: null }, 20_000);
    expect(part).toMatchObject({ output: join(system.folder, "out"), rows: expect.any(Number) });
    expect(existsSync(join(system.folder, "out/gpt-4o-mini/a.partial.jsonl"))).toBe(true);
    await first.kill();
    await generating.startCoordinator();
    const resumed = await until("it is resumed", () => system.change(job, "resume").catch(() => undefined));
    expect(resumed.state).toBe("running");
    expect(stateOf(await system.over(job))).toEqual(["completed", 180, 180, 0]);
    expect(readdirSync(join(system.folder, "out/gpt-4o-mini"))).not.toContain("a.partial.jsonl");
    expect(simulator.stats().repeatedPaidCalls).toBe(0);
  });

  test(
    "cancel ends all models; the same message goes on with them; overwrite makes all anew",
    TIME,
    async () => {
      await using generating = await startGenerating({ latency: "30ms" });
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 40 });
      const job = await start(system, { concurrency: 2 });
      await until("some rows are done", async () => ((await system.show(job))?.done ?? 0) > 10);
      const cancelled = await system.change(job, "cancel");
      expect([cancelled.state, ...cancelled.steps!.map(({ state }) => state)]).toEqual(
        Array(4).fill("cancelled"),
      );
      expect(await start(system, { concurrency: 16 })).toBe(job);
      expect(stateOf(await system.over(job))).toEqual(["completed", 120, 120, 0]);
      // Two calls of each model were open when it was cancelled, and their answers came too late.
      expect(simulator.stats().repeatedPaidCalls).toBeLessThanOrEqual(6);

      const [before, paid] = [outputsIn(system), simulator.stats().paidCalls];
      await start(system, { overwrite: true, system: "Be brief.", concurrency: 16 });
      const view = await system.over(job);
      expect(view.steps!.map(({ done, state }) => [done, state])).toEqual(Array(3).fill([40, "completed"]));
      expect(outputsIn(system)).not.toEqual(before);
      expect(simulator.stats().paidCalls).toBe(paid + 120);
    },
  );

  test(
    "other parameters than the models' jobs have are refused for those alone, and nothing is asked",
    TIME,
    async () => {
      await using generating = await startGenerating();
      const { system, simulator } = generating;
      await generating.startCoordinator();
      writePrompts(system, { a: 5 });
      await system.over(await start(system, { models: MODELS[0] }));
      const view = await system.over(await start(system, { models: MODELS.slice(0, 2), seed: 7 }));
      expect(view.state).toBe("completed_with_errors");
      expect(view.reason!.message).toMatch(/^gpt-4o-mini was refused: .*out\/gpt-4o-mini .*seed: 42 -> 7/);
      expect(simulator.stats().paidCalls).toBe(10);
    },
  );
});

test(
  "coordinators that are killed while the models answer: another goes on, and the files are the same as without",
  TIME,
  async () => {
    await using generating = await startGenerating({ latency: "20ms" });
    const { system, simulator } = generating;
    writePrompts(system, { a: 50, b: 30 });
    const undisturbed = await generating.startCoordinator({ replica: "coordinator-a" });
    await system.over(await start(system, { target_dir: "calm", concurrency: 32 }));
    const paid = simulator.stats().paidCalls;
    const job = await start(system, { concurrency: 4 });
    const names = ["coordinator-b", "coordinator-c"];
    let last = undisturbed;
    for (const [at, replica] of names.entries()) {
      await until("more is done", async () => ((await system.show(job))?.done ?? 0) > 40 * (at + 1));
      const next = await generating.startCoordinator({ replica });
      await last.kill();
      last = next;
    }
    const view = await system.over(job, 60_000);
    expect(stateOf(view)).toEqual(["completed", 240, 240, 0]);
    expect(outputsIn(system)).toEqual(outputsIn(system, "calm"));
    expect(simulator.stats().paidCalls).toBe(2 * paid);
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
