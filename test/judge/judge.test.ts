import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { submitJob } from "../../shared/runtime/submit.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startService } from "../support/service.ts";
import { linesOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

type Options = Parameters<typeof startSimulator>[0];

/** A whole system that judges: coordinator, dispatcher and judge in processes of their own, at a simulator. */
async function startJudging(options: Options = {}) {
  const stack = new AsyncDisposableStack();
  const system = stack.use(await startSystem());
  const simulator = stack.use(await startSimulator({ apiKeys: [KEY], tokenizer: "bytes", ...options }));
  await system.coordinator();
  const dispatcher = stack.use(await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url }));
  const judge = stack.use(await startService("judge", system.nats, {}));
  return { system, simulator, dispatcher, judge, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function start(system: TestSystem, message: Record<string, unknown>): Promise<string> {
  const limits = { max_requests_per_minute: "unlimited", max_tokens_per_minute: "unlimited" };
  const body = { annotator: "gpt-4o-mini", temp_dir: "temp", output: "judged.jsonl", ...limits, ...message };
  const answer = await submitJob(system.client, "preferences-judge", body, { timeoutMs: 20_000 });
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

/** Rows of four responses by four models. */
function writeItems(system: TestSystem, rows: number, mark: (row: number) => string = () => ""): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify({
      id: `p${row}`,
      prompt: `Say something about ${row}${mark(row)}`,
      completions: [1, 2, 3, 4].map((model) => ({
        model: `m${model}`,
        completion: `words ${row} of ${model}`,
      })),
    }),
  );
  writeFileSync(join(system.folder, "items.jsonl"), `${lines.join("\n")}\n`);
  return "items.jsonl";
}

const paidTwice = (simulator: Simulator) => simulator.stats().repeatedPaidCalls;

test("ultrafeedback: four calls a row, the judged rows in order, each with its replies and what judged it", async () => {
  await using judging = await startJudging();
  const { system, simulator } = judging;
  const job = await start(system, { method: "ultrafeedback", input: writeItems(system, 30) });
  const view = await system.over(job);
  expect([view.state, view.kind, view.rows, view.done]).toEqual(["completed", "preferences-judge", 120, 120]);
  const rows = linesOf(join(system.folder, "judged.jsonl"));
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, row) => `p${row}`));
  for (const row of rows) {
    expect(row).toMatchObject({ method: "ultrafeedback", models: ["m1", "m2", "m3", "m4"], asks: 4 });
    const judgements = row.judgements as Record<string, { ratings: number[]; reply: string }>;
    expect(Object.keys(judgements)).toEqual([
      ...["instruction_following", "honesty", "truthfulness", "helpfulness"],
    ]);
    for (const { ratings, reply } of Object.values(judgements)) {
      expect(ratings).toHaveLength(4);
      expect(reply).toContain("#### Output for Text 4");
    }
  }
  expect(simulator.stats().paidCalls).toBe(120);
  expect(linesOf(join(system.folder, "judged.errors.jsonl"))).toEqual([]);
  const report = readFileSync(join(system.folder, "judged.report.html"), "utf8");
  expect(report).toContain("<title>Judge report (simulated)</title>");
  for (const figure of ["Position bias", "Length bias", "of 120 calls"]) expect(report).toContain(figure);
});

test("replies that cannot be read are asked for again, then quarantined with their text; neighbours stay as they are", async () => {
  await using judging = await startJudging({ poison: [{ marker: "UNREADABLE", fault: "nonsense" }] });
  const { system, judge } = judging;
  const mark = (row: number) => (row === 7 ? " UNREADABLE" : "");
  const clean = await start(system, {
    method: "overall",
    input: writeItems(system, 20),
    output: "clean.jsonl",
  });
  await system.over(clean);
  const job = await start(system, { method: "overall", input: writeItems(system, 20, mark) });
  const view = await system.over(job);
  expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 19, 1]);
  const before = linesOf(join(system.folder, "clean.jsonl"));
  expect(linesOf(join(system.folder, "judged.jsonl"))).toEqual(before.filter(({ id }) => id !== "p7"));
  const [quarantined, ...others] = linesOf(join(system.folder, "judged.errors.jsonl"));
  expect(others).toEqual([]);
  expect(quarantined).toMatchObject({ id: "p7", part: "overall", reason: "missing_header", asks: 3 });
  expect(String(quarantined!.reply)).toMatch(/^\[simulated\] What was asked/);
  expect(await judge.metric("assay_replies_total", 'outcome="asked_again"')).toBe(2);
  expect(await judge.metric("assay_replies_total", 'outcome="quarantined"')).toBe(1);
});

test("a job whose replies can never be read comes to its end, however many there are, and pauses before that by default", async () => {
  await using judging = await startJudging({ faults: { nonsense: 1 }, latency: "0ms" });
  const { system, simulator } = judging;
  const input = writeItems(system, 12_000);
  const first = await start(system, { method: "overall", input, concurrency: 256 });
  const paused = await system.over(first);
  expect([paused.state, paused.reason?.code]).toEqual(["paused", "failure_rate"]);
  expect(simulator.stats().paidCalls).toBeLessThan(36_000);
  const job = await start(system, { method: "overall", input, concurrency: 256, max_failure_rate: 1 });
  expect(job).toBe(first);
  const view = await system.over(job, 240_000);
  expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 0, 12_000]);
}, 300_000);

describe("the same files come out", () => {
  test("when judge, dispatcher and broker are killed meanwhile, and no row is judged twice in the output", async () => {
    await using judging = await startJudging({
      latency: "20ms",
      poison: [{ marker: "UNREADABLE", fault: "nonsense" }],
    });
    const { system, simulator, judge, dispatcher } = judging;
    const input = writeItems(system, 150, (row) => (row % 10 === 3 ? " UNREADABLE" : ""));
    const undisturbed = await start(system, { method: "ultrafeedback", input, output: "a.jsonl" });
    await system.over(undisturbed);
    const paid = simulator.stats().paidCalls;
    const job = await start(system, { method: "ultrafeedback", input, output: "b.jsonl", concurrency: 16 });
    const done = (rows: number) =>
      until(`${rows} are done`, async () => ((await system.show(job))?.done ?? 0) >= rows);
    await done(50);
    await judge.kill();
    await using _ = await startService("judge", system.nats, {});
    await done(150);
    await dispatcher.kill();
    await using __ = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
    await done(250);
    await system.nats.kill();
    await system.nats.start();
    const view = await system.over(job, 90_000);
    expect(view.done + view.failed).toBe(600);
    for (const name of ["jsonl", "errors.jsonl"]) {
      const [first, second] = ["a", "b"].map((stem) => linesOf(join(system.folder, `${stem}.${name}`)));
      expect(second!.map(({ id, part }) => [id, part])).toEqual(first!.map(({ id, part }) => [id, part]));
      expect(second!.map(({ judgements }) => judgements)).toEqual(first!.map(({ judgements }) => judgements));
    }
    expect(simulator.stats().paidCalls).toBeGreaterThanOrEqual(2 * paid);
    expect(paidTwice(simulator) - paid).toBeLessThan(200);
  }, 180_000);
});

test("rankings are asked in both orders and written as the CSV of feedback, without a header", async () => {
  await using judging = await startJudging();
  const { system } = judging;
  writeFileSync(
    join(system.folder, "pairs.csv"),
    'instruction,input,response1,response2\n"Name a, b",,one,two\nCount,nan,"1\n2",3\n',
  );
  const job = await start(system, { method: "rankings", input: "pairs.csv", output: "ranked.csv" });
  const view = await system.over(job);
  expect([view.state, view.rows]).toEqual(["completed", 4]);
  const text = readFileSync(join(system.folder, "ranked.csv"), "utf8");
  expect(text).toMatch(/^"Name a, b",,one,two,(\(a\)|\(b\)|equal)\nCount,,"1\n2",3,(\(a\)|\(b\)|equal)\n$/);
});
