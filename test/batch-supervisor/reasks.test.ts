import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { submitJob } from "../../shared/runtime/submit.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startService } from "../support/service.ts";
import { linesOf } from "../support/system.ts";
import { until } from "../support/until.ts";
import { type BatchSystem, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };
const NONSENSE = { poison: [{ marker: "UNREADABLE", fault: "nonsense" as const }] };

/** Rows with a reply that can never be read: every tenth, or three of ten, which fit into no shard of ten. */
type Marked = (row: number) => boolean;
const FEW: Marked = (row) => row % 10 === 7;
const MANY: Marked = (row) => [1, 4, 7].includes(row % 10);

function writeItems({ system }: BatchSystem, rows: number, isMarked = FEW): void {
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify({
      id: `p${row}`,
      prompt: `Say something about ${row}${isMarked(row) ? " UNREADABLE" : ""}`,
      completions: [1, 2].map((model) => ({ model: `m${model}`, completion: `words ${row} of ${model}` })),
    }),
  );
  writeFileSync(join(system.folder, "items.jsonl"), `${lines.join("\n")}\n`);
}

async function judge({ system }: BatchSystem, message: Record<string, unknown> = {}): Promise<string> {
  const body = {
    ...{ annotator: "gpt-4o-mini", input: "items.jsonl", output: "judged.jsonl", temp_dir: "temp" },
    ...{ method: "overall", batch: true, max_batch_size: 10, poll: 0.2, reask_lane: "batch" },
    ...message,
  };
  const answer = await submitJob(system.client, "preferences-judge", body, { timeoutMs: 20_000 });
  if ("error" in answer) throw new Error(answer.error);
  return answer.job;
}

/** Every item is in the output or quarantined after three asks, once, in order. */
function expectAllJudged({ system }: BatchSystem, rows: number, isMarked = FEW): void {
  const ids = Array.from({ length: rows }, (_, row) => row);
  const judged = linesOf(join(system.folder, "judged.jsonl"));
  expect(judged.map(({ id }) => id)).toEqual(ids.filter((row) => !isMarked(row)).map((row) => `p${row}`));
  const errors = linesOf(join(system.folder, "judged.errors.jsonl"));
  expect(errors.map(({ id, asks }) => [id, asks])).toEqual(ids.filter(isMarked).map((row) => [`p${row}`, 3]));
}

test(
  "with reask_lane batch what cannot be read is asked for again by batches, and no call is made",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ answers: "sentence", ...NONSENSE });
    const { system, simulator } = lane;
    await using judging = await startService("judge", system.nats, {});
    writeItems(lane, 60);
    const view = await lane.settled(await judge(lane), 60_000);
    expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 54, 6]);
    expectAllJudged(lane, 60);
    expect(await judging.metric("assay_replies_total", 'outcome="asked_again"')).toBe(12);
    expect(await judging.metric("assay_replies_total", 'outcome="quarantined"')).toBe(6);
    const { batches, paidCalls, repeatedPaidCalls } = simulator.stats();
    expect([batches.paidLines, paidCalls, repeatedPaidCalls]).toEqual([72, 72, 0]);
    expect(view.batches!.shards).toBeGreaterThanOrEqual(8);
    const { prompt, completion } = { prompt: view.promptTokens, completion: view.completionTokens };
    expect(view.cost).toBeCloseTo((prompt * 0.15 + completion * 0.6) / 1e6 / 2, 9);

    await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
    const byCalls = { batch: undefined, max_batch_size: undefined, poll: undefined, reask_lane: undefined };
    await system.over(await judge(lane, { ...byCalls, output: "calls.jsonl" }));
    for (const name of ["jsonl", "errors.jsonl"]) {
      const [batches, calls] = ["judged", "calls"].map((stem) =>
        linesOf(join(system.folder, `${stem}.${name}`)),
      );
      expect(batches).toEqual(calls);
    }
  },
);

test(
  "coordinator, supervisor, judge and broker that are killed lose no re-ask and pay none twice",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem(
      { answers: "sentence", ...NONSENSE },
      { coordinator: false, supervisor: false },
    );
    const { system, simulator } = lane;
    const coordinator = await system.coordinator();
    const supervisor = await lane.supervisor();
    const judging = await startService("judge", system.nats, {});
    writeItems(lane, 200, MANY);
    const job = await judge(lane, { hedge: "off", reconcile_wait: 1 });
    const reaskShards = async () => (await lane.shards(job)).filter(({ reasksTo }) => reasksTo !== undefined);
    await until("replies came", () => simulator.stats().paidCalls > 40);
    await judging.kill();
    await using _judge = await startService("judge", system.nats, {});
    await until("a shard of re-asks was made", async () => (await reaskShards()).length > 0);
    await coordinator.kill();
    await supervisor.kill();
    await system.nats.kill();
    await system.nats.start();
    await system.coordinator();
    const second = await lane.supervisor();
    await until("more re-asks came", () => simulator.stats().paidCalls > 205);
    await second.kill();
    await lane.supervisor();
    const view = await lane.settled(job, 70_000);
    expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 140, 60]);
    expectAllJudged(lane, 200, MANY);
    const { batches, paidCalls, repeatedPaidCalls } = simulator.stats();
    expect([batches.paidLines, paidCalls, repeatedPaidCalls]).toEqual([320, 320, 0]);
  },
);

test(
  "a budget that holds the worst case of few rows at once does not keep re-asks from going, and is kept",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ answers: "sentence", ...NONSENSE });
    const { system, simulator } = lane;
    await using _judge = await startService("judge", system.nats, {});
    writeItems(lane, 40);
    const job = await judge(lane, { max_cost: 0.06, max_tokens: 1000, hedge: "off" });
    const view = await lane.settled(job, 70_000);
    expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 36, 4]);
    expectAllJudged(lane, 40);
    expect(view.batches!.shards).toBeGreaterThan(6);
    expect(view.cost!).toBeLessThan(0.06);
    expect(simulator.stats()).toMatchObject({ paidCalls: 48, repeatedPaidCalls: 0 });
  },
);

test("a job none of whose replies can be read comes to its end by batches, too", PATIENT, async () => {
  await using lane = await startBatchSystem({ answers: "sentence", ...NONSENSE });
  const { system, simulator } = lane;
  await using judging = await startService("judge", system.nats, {});
  writeItems(lane, 3_000, () => true);
  const view = await lane.settled(await judge(lane, { max_batch_size: 500, max_failure_rate: 1 }), 80_000);
  expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 0, 3_000]);
  expect(await judging.metric("assay_replies_total", 'outcome="asked_again"')).toBe(6_000);
  expect(simulator.stats()).toMatchObject({ paidCalls: 9_000, repeatedPaidCalls: 0 });
  expect(view.batches!.shards).toBeGreaterThanOrEqual(18);
});

test(
  "rows that wait to be asked again are told, also by the next owner of a paused job",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem(
      { answers: "sentence", ...NONSENSE, batchDuration: "60s" },
      { coordinator: false },
    );
    const { system } = lane;
    const coordinator = await system.coordinator();
    await using _judge = await startService("judge", system.nats, {});
    writeItems(lane, 60);
    const job = await judge(lane);
    await until("its batches were created", () => lane.simulator.stats().batches.created >= 6);
    await system.change(job, "pause");
    const waiting = async () => (await system.show(job))?.batches?.reasksWaiting;
    await until("all of them wait", async () => (await waiting()) === 6);
    await coordinator.kill();
    await system.coordinator({ replica: "coordinator-1" });
    await system.change(job, "resume");
    await until("they went", async () => (await waiting()) === 0);
    const view = await lane.settled(job, 60_000);
    expect([view.state, view.done, view.batches!.reasksWaiting]).toEqual(["completed_with_errors", 54, 0]);
    expectAllJudged(lane, 60);
  },
);

test("the lane of re-asks may be changed while the job runs", PATIENT, async () => {
  await using lane = await startBatchSystem({ answers: "sentence", ...NONSENSE, batchDuration: "60s" });
  const { system, simulator } = lane;
  await using _dispatcher = await startDispatcher(system.nats, { OPENAI_BASE_URL: simulator.url });
  await using _judge = await startService("judge", system.nats, {});
  writeItems(lane, 60);
  const job = await judge(lane);
  await until("its batches were created", () => simulator.stats().batches.created >= 6);
  expect(await judge(lane, { reask_lane: "online" })).toBe(job);
  const view = await lane.settled(job, 60_000);
  expect([view.state, view.done, view.failed]).toEqual(["completed_with_errors", 54, 6]);
  expectAllJudged(lane, 60);
  expect(simulator.stats().paidCalls).toBe(72);
});
