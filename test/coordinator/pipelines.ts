import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { JobView, SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import { GRANT_KEY } from "../support/coordinator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startService } from "../support/service.ts";
import { startSystem, type TestSystem } from "../support/system.ts";

type Options = Parameters<typeof startSimulator>[0];
export type Message = Record<string, unknown>;
export const TIME = { timeout: 180_000 };
export const ref = (name: string) => `\${${name}}`;

/** From prompts to preferences, with a report. */
export const STAGES: Record<string, Message> = {
  responses: {
    uses: "generate",
    source_file: "prompts.jsonl",
    models: ["gpt-4o-mini", "gpt-4o-2024-08-06", "openai/gpt-4.1-nano"],
    max_tokens: 60,
  },
  mix: { uses: "mix", input_dir: ref("responses.output"), responses: 3 },
  judge: { uses: "judge", method: "ultrafeedback", input: ref("mix.output"), annotator: "gpt-4o-mini" },
  pairs: { uses: "preferences binarize", input: ref("judge.output") },
  split: { uses: "split", input: ref("pairs.output"), val: 0.3 },
  report: { uses: "report", input: ref("judge.output"), figures: `${ref("output_dir")}/figures.json` },
};
export const PROMPTS = 24;
export const CALLS = PROMPTS * 3 + PROMPTS * 4;

export async function startPipelines(options: Options = {}) {
  const stack = new AsyncDisposableStack();
  const system = stack.use(await startSystem());
  const simulator = stack.use(await startSimulator({ apiKeys: [KEY], tokenizer: "bytes", ...options }));
  stack.use(await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url }));
  stack.use(await startService("judge", system.nats, {}));
  writePrompts(system);
  return { system, simulator, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

export function writePrompts(system: TestSystem, mark: (row: number) => string = () => ""): void {
  const rows = Array.from({ length: PROMPTS }, (_, row) =>
    JSON.stringify({ id: `p${row}`, text: `Say something about ${row}${mark(row)}` }),
  );
  writeFileSync(join(system.folder, "prompts.jsonl"), `${rows.join("\n")}\n`);
}

export function submit(system: TestSystem, message: Message, granted = false): Promise<SubmissionAnswer> {
  const limits = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
  const body = { output_dir: "out", temp_dir: "temp", stages: STAGES, defaults: limits, ...message };
  return submitJob(system.client, "pipeline", body, {
    timeoutMs: 20_000,
    ...(granted && { grantKey: GRANT_KEY }),
  });
}

export async function start(system: TestSystem, message: Message = {}): Promise<string> {
  const answer = await submit(system, message);
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

export const statesOf = (view: JobView) =>
  Object.fromEntries(view.steps!.map(({ name, state }) => [name, state]));
export const ALL_DONE = Object.fromEntries(Object.keys(STAGES).map((name) => [name, "completed"]));

/** All that the stages have written, but for what tells when and how it was made. */
export function outputsIn(system: TestSystem, folder = "out"): Record<string, string> {
  const files = readdirSync(join(system.folder, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !/config\.yaml$|responses\.jsonl$|\.html$|figures\.json$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  const place = join(system.folder, folder);
  return Object.fromEntries(
    files.sort().map((file) => [file.slice(place.length), readFileSync(file, "utf8")]),
  );
}

/** When each stage's main output was written. */
export function timesOf(view: JobView): Record<string, number> {
  return Object.fromEntries(view.steps!.map(({ name, output }) => [name, statSync(output!).mtimeMs]));
}

export const changed = (before: Record<string, number>, after: Record<string, number>) =>
  Object.keys(after).filter((name) => before[name] !== after[name]);
