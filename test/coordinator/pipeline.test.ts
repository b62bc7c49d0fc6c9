import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { JobView, SubmissionAnswer } from "../../shared/contracts/jobs-api.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import { type CoordinatorOptions, GRANT_KEY } from "../support/coordinator.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startService } from "../support/service.ts";
import { linesOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

type Options = Parameters<typeof startSimulator>[0];
type Message = Record<string, unknown>;
const TIME = { timeout: 180_000 };
const ref = (name: string) => `\${${name}}`;

/** From prompts to preferences, with a report. */
const STAGES: Record<string, Message> = {
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
const PROMPTS = 24;
const CALLS = PROMPTS * 3 + PROMPTS * 4;

async function startPipelines(options: Options = {}) {
  const stack = new AsyncDisposableStack();
  const system = stack.use(await startSystem());
  const simulator = stack.use(await startSimulator({ apiKeys: [KEY], tokenizer: "bytes", ...options }));
  stack.use(await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url }));
  stack.use(await startService("judge", system.nats, {}));
  writePrompts(system);
  return { system, simulator, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function writePrompts(system: TestSystem, mark: (row: number) => string = () => ""): void {
  const rows = Array.from({ length: PROMPTS }, (_, row) =>
    JSON.stringify({ id: `p${row}`, text: `Say something about ${row}${mark(row)}` }),
  );
  writeFileSync(join(system.folder, "prompts.jsonl"), `${rows.join("\n")}\n`);
}

function submit(system: TestSystem, message: Message, granted = false): Promise<SubmissionAnswer> {
  const limits = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
  const body = { output_dir: "out", temp_dir: "temp", stages: STAGES, defaults: limits, ...message };
  return submitJob(system.client, "pipeline", body, {
    timeoutMs: 20_000,
    ...(granted && { grantKey: GRANT_KEY }),
  });
}

async function start(system: TestSystem, message: Message = {}): Promise<string> {
  const answer = await submit(system, message);
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

const statesOf = (view: JobView) => Object.fromEntries(view.steps!.map(({ name, state }) => [name, state]));
const ALL_DONE = Object.fromEntries(Object.keys(STAGES).map((name) => [name, "completed"]));

/** All that the stages have written, but for what tells when and how it was made. */
function outputsIn(system: TestSystem, folder = "out"): Record<string, string> {
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
function timesOf(view: JobView): Record<string, number> {
  return Object.fromEntries(view.steps!.map(({ name, output }) => [name, statSync(output!).mtimeMs]));
}

const changed = (before: Record<string, number>, after: Record<string, number>) =>
  Object.keys(after).filter((name) => before[name] !== after[name]);

describe("stages chained by their outputs", () => {
  test("run one after another, and again only where something that they read has changed", TIME, async () => {
    await using pipelines = await startPipelines();
    const { system, simulator } = pipelines;
    await system.coordinator();
    const job = await start(system);
    const first = await system.over(job, 60_000);
    expect([first.state, statesOf(first)]).toEqual(["completed", ALL_DONE]);
    expect([first.rows, first.done, simulator.stats().paidCalls]).toEqual([CALLS, CALLS, CALLS]);
    expect(first.cost).toBeCloseTo(first.steps!.reduce((sum, { cost }) => sum + (cost ?? 0), 0));
    expect(first.steps!.find(({ name }) => name === "mix")!.result).toMatchObject({ prompts: PROMPTS });
    const pairs = linesOf(join(system.folder, "out/pairs.jsonl"));
    expect(pairs.length).toBeGreaterThan(0);
    for (const name of ["figures.json", "report.html", "judge.report.html", "split/pairs.val.jsonl"])
      expect(existsSync(join(system.folder, "out", name))).toBe(true);

    // Nothing has changed.
    let times = timesOf(first);
    expect(await start(system)).toBe(job);
    const same = await system.over(job);
    expect([same.state, changed(times, timesOf(same)), simulator.stats().paidCalls]).toEqual([
      "completed",
      [],
      CALLS,
    ]);

    // A parameter of a tool.
    const lowest = { ...STAGES, pairs: { ...STAGES.pairs, rejected: "lowest" } };
    await start(system, { stages: lowest });
    const other = await system.over(job);
    expect(changed(times, timesOf(other))).toEqual(["pairs", "split"]);
    expect(simulator.stats().paidCalls).toBe(CALLS);

    // A file between, mended by hand.
    const judged = readFileSync(join(system.folder, "out/judge.jsonl"), "utf8").split("\n");
    writeFileSync(join(system.folder, "out/judge.jsonl"), judged.slice(1).join("\n"));
    times = timesOf(other);
    await start(system, { stages: lowest });
    const mended = await system.over(job);
    expect(changed(times, timesOf(mended))).toEqual(["pairs", "split", "report"]);
    expect(simulator.stats().paidCalls).toBe(CALLS);

    // What the first stage reads.
    writePrompts(system, (row) => (row === 0 ? " and more" : ""));
    await start(system, { stages: lowest });
    const anew = await system.over(job, 60_000);
    expect([anew.state, statesOf(anew)]).toEqual(["completed", ALL_DONE]);
    expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS);
    expect(simulator.stats().paidCalls).toBe(2 * CALLS);
  });

  test(
    "rows that fail hold up none; a retry asks them alone, and makes anew what follows",
    TIME,
    async () => {
      await using pipelines = await startPipelines({ poison: [{ marker: "about 7", fault: "nonsense" }] });
      const { system, simulator } = pipelines;
      await system.coordinator();
      const job = await start(system);
      const view = await system.over(job, 60_000);
      expect(view.state).toBe("completed_with_errors");
      expect(statesOf(view)).toEqual({ ...ALL_DONE, judge: "completed_with_errors" });
      expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS - 1);

      simulator.configure({ poison: [] });
      const paid = simulator.stats().paidCalls;
      await system.change(job, "retry");
      const again = await system.over(job, 60_000);
      expect([again.state, statesOf(again)]).toEqual(["completed", ALL_DONE]);
      expect(linesOf(join(system.folder, "out/judge.jsonl"))).toHaveLength(PROMPTS);
      expect(simulator.stats().paidCalls).toBe(paid + 4);
    },
  );

  test(
    "one that cannot be done says why, and holds up those alone that read it; mended, it goes on",
    TIME,
    async () => {
      await using pipelines = await startPipelines();
      const { system, simulator } = pipelines;
      await system.coordinator();
      const wrong = { ...STAGES, pairs: { ...STAGES.pairs, uses: "preferences pairs" } };
      const job = await start(system, { stages: wrong });
      const view = await system.over(job, 60_000);
      expect(view.state).toBe("failed");
      expect(view.reason!.message).toMatch(/^pairs was refused: .*judge\.jsonl/);
      expect(statesOf(view)).toEqual({ ...ALL_DONE, pairs: "refused", split: "waiting" });
      await start(system);
      const mended = await system.over(job);
      expect([mended.state, statesOf(mended)]).toEqual(["completed", ALL_DONE]);
      expect(simulator.stats().paidCalls).toBe(CALLS);
    },
  );
});

test(
  "pause rests the stage that is under way, cancel ends it, and either goes on where it was",
  TIME,
  async () => {
    await using pipelines = await startPipelines({ latency: "40ms" });
    const { system, simulator } = pipelines;
    await system.coordinator();
    const stages = { ...STAGES, judge: { ...STAGES.judge, concurrency: 4 } };
    const job = await start(system, { stages });
    const judging = async () => {
      const judge = (await system.show(job))?.steps?.find(({ name }) => name === "judge");
      return judge?.state === "running" && judge.done > 10;
    };
    await until("it judges", judging, { withinMs: 60_000 });
    expect(statesOf(await system.change(job, "pause"))).toMatchObject({ mix: "completed", judge: "paused" });
    await system.change(job, "resume");
    await until("it judges again", async () => statesOf((await system.show(job))!).judge === "running");
    const cancelled = await system.change(job, "cancel");
    expect([cancelled.state, statesOf(cancelled).judge]).toEqual(["cancelled", "cancelled"]);
    expect(await start(system, { stages })).toBe(job);
    const view = await system.over(job, 60_000);
    expect([view.state, view.done]).toEqual(["completed", CALLS]);
    expect(simulator.stats().paidCalls - CALLS).toBeLessThanOrEqual(8);
  },
);

test(
  "coordinators that are killed in each stage: the files are the same as without, and so are the calls",
  TIME,
  async () => {
    await using pipelines = await startPipelines({ latency: "20ms" });
    const { system, simulator } = pipelines;
    const replicas: Partial<CoordinatorOptions>[] = [..."abcdef"].map((letter) => ({
      replica: `coordinator-${letter}`,
    }));
    let last = await system.coordinator(replicas[0]);
    await system.over(await start(system, { output_dir: "calm" }), 90_000);
    const job = await start(system);
    for (const [at, stage] of ["responses", "mix", "judge", "pairs"].entries()) {
      await until(
        `the stage ${stage} is begun`,
        async () => {
          const view = await system.show(job);
          return view !== undefined && (statesOf(view)[stage] ?? "waiting") !== "waiting";
        },
        { withinMs: 60_000 },
      );
      const next = await system.coordinator(replicas[at + 1]);
      await last.kill();
      last = next;
    }
    const view = await system.over(job, 90_000);
    expect([view.state, statesOf(view), view.done]).toEqual(["completed", ALL_DONE, CALLS]);
    const [calm, killed] = [outputsIn(system, "calm"), outputsIn(system)];
    expect(Object.keys(killed)).toEqual(Object.keys(calm));
    expect(killed).toEqual(calm);
    expect(simulator.stats().paidCalls).toBe(2 * CALLS);
  },
);

test.each<[string, Message, RegExp]>([
  [
    "an output outside",
    { output_dir: "../elsewhere" },
    /^output_dir .*elsewhere lies outside of the data roots/,
  ],
  [
    "an input outside",
    { stages: { mix: { uses: "mix", input_dir: "/etc" } } },
    /^Stage mix: input_dir \/etc lies outside of the data roots/,
  ],
  [
    "a page outside",
    {
      stages: { c: { uses: "consistency", ratings_csv: "a.csv", rankings_csv: "b.csv", html: "../x.html" } },
    },
    /^Stage c: html .*x\.html lies outside of the data roots/,
  ],
  [
    "publishing",
    { stages: { p: { uses: "publish", to: "hf:a/b", input: "out" } } },
    /^Stage p: what goes to the hub must be typed in an assay command/,
  ],
  [
    "an unknown model",
    { stages: { r: { ...STAGES.responses, models: "gpt-4o-mimi" } } },
    /^Stage r: Unknown annotator "gpt-4o-mimi": did you mean gpt-4o-mini/,
  ],
  [
    "a parameter that a model does not take",
    { stages: { r: { ...STAGES.responses, models: "openai/o4-mini", temperature: 0.5 } } },
    /^Stage r: .*temperature/,
  ],
  [
    "a file that is not there",
    { stages: { p: { uses: "preferences pairs", input: "out/rankings.csv" } } },
    /^Stage p: There is no file \S*out\/rankings\.csv: check the path\.$/,
  ],
  [
    "a circle",
    {
      stages: {
        a: { uses: "mix", input_dir: ref("b.output") },
        b: { uses: "mix", input_dir: ref("a.output") },
      },
    },
    /^The stages a -> b -> a wait for each other/,
  ],
])("in a message %s is refused with one sentence", async (_what, message, sentence) => {
  await using system = await startSystem();
  await system.coordinator();
  expect(await submit(system, message)).toMatchObject({
    error: expect.stringMatching(sentence),
    exitCode: 2,
  });
});
