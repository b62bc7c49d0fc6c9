import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { JobView, SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import type { CoordinatorOptions } from "../support/coordinator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startSystem, type TestSystem } from "../support/system.ts";

type Options = Parameters<typeof startSimulator>[0];
export const TIME = { timeout: 120_000 };
const UNLIMITED = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
export const MODELS = ["gpt-4o-mini", "gpt-4o-2024-08-06", "openai/gpt-4.1-nano"];

/** A system that generates, at a simulator; `second/NAME` is a provider of its own with another key. */
export async function startGenerating(options: Options = {}, coordinator: Partial<CoordinatorOptions> = {}) {
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
export function writePrompts(system: TestSystem, files: Record<string, number>): void {
  for (const [name, rows] of Object.entries(files)) {
    const lines = Array.from({ length: rows }, (_, row) =>
      JSON.stringify({ id: `${name}-${row}`, text: `Say something about ${name} ${row}`, meta: { row } }),
    );
    writeFileSync(join(system.folder, "prompts", `${name}.jsonl`), `${lines.join("\n")}\n`);
  }
}

export function submit(system: TestSystem, message: Record<string, unknown>): Promise<SubmissionAnswer> {
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

export async function start(system: TestSystem, message: Record<string, unknown> = {}): Promise<string> {
  const answer = await submit(system, message);
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

export const folderOf = (model: string) => model.replaceAll("/", "___");

/** What the models have answered, by model and file. */
export function outputsIn(system: TestSystem, target = "out"): Record<string, unknown> {
  const folder = join(system.folder, target);
  const files = readdirSync(folder, { recursive: true }).map(String);
  const outputs = files.filter((file) => /\.jsonl?$/.test(file) && !/(responses|errors)\.jsonl$/.test(file));
  return Object.fromEntries(outputs.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

export const stateOf = (view: JobView) => [view.state, view.rows, view.done, view.failed];
export const stepStates = (view: JobView) => view.steps!.map(({ name, state }) => `${name} ${state}`);
