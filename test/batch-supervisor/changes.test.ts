import { expect, test } from "vitest";
import { isFinished } from "../../shared/batch-api/batch.ts";
import { findBatches } from "../../shared/batch-api/find-batches.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { until } from "../support/until.ts";
import { type BatchSystem, expectAllAnswered, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };

async function batchesOf(lane: BatchSystem) {
  const batches = [];
  for await (const batch of findBatches(lane.provider)) batches.push(batch);
  return batches;
}

test(
  "cancelled: batches are ended at the provider, what they did is kept and charged, and resumed the rest is done",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "600s" });
    const { system, simulator } = lane;
    const job = await lane.start(100);
    await until("some lines are answered", () => simulator.stats().paidCalls > 30);
    await system.change(job, "cancel");
    const cancelled = await lane.settled(job);
    simulator.configure({ batchDuration: "20s" });
    const paid = simulator.stats().paidCalls;
    expect(cancelled).toMatchObject({ state: "cancelled", done: paid });
    expect(cancelled.promptTokens).toBeGreaterThan(0);
    for (const batch of await batchesOf(lane)) expect(isFinished(batch)).toBe(true);
    await system.change(job, "resume");
    const view = await lane.settled(job);
    expectAllAnswered(view, 100);
    expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 100, repeatedPaidCalls: 0 });
    expect(view.promptTokens).toBe(100 * (cancelled.promptTokens / paid));
  },
);

test("paused: nothing new is sent, but what runs is collected; resumed, it goes on", PATIENT, async () => {
  await using lane = await startBatchSystem({
    batchDuration: "60s",
    batchEnqueuedTokens: 2_200,
    tokenizer: "o200k",
  });
  const { system, simulator } = lane;
  const job = await lane.start(200);
  await until("the first answers are there", () => simulator.stats().paidCalls > 20);
  await system.change(job, "pause");
  const isOver = async () => (await batchesOf(lane)).every(isFinished);
  await until("what ran has ended", isOver);
  const created = simulator.stats().batches.created;
  await until("it is collected", async () => (await system.show(job))!.done === simulator.stats().paidCalls);
  expect((await system.show(job))!.state).toBe("paused");
  expect(simulator.stats().batches.created).toBe(created);
  await system.change(job, "resume");
  expectAllAnswered(await lane.settled(job), 200);
  expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 200, repeatedPaidCalls: 0 });
});

test(
  "a batch that somebody cancelled by hand keeps what it has done, and its rest is sent again",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "600s" });
    const job = await lane.start(40);
    await until("some lines are answered", () => lane.simulator.stats().paidCalls > 10);
    lane.simulator.configure({ batchDuration: "20s" });
    const [batch] = await batchesOf(lane);
    await lane.provider.cancelBatch(batch!.id);
    const view = await lane.settled(job);
    expectAllAnswered(view, 40);
    expect(view.batches!.states).toMatchObject({ cancelled: 1, completed: 2 });
    expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 40, repeatedPaidCalls: 0 });
  },
);

test("a model that the provider does not know fails the job by name", PATIENT, async () => {
  await using lane = await startBatchSystem({ models: ["gpt-4o"] });
  const view = await lane.system.over(await lane.start(20));
  expect(view).toMatchObject({ state: "failed", reason: { code: "model_not_found" } });
  expect(view.reason!.message).toContain("gpt-4o-mini");
});

test("the budget is kept: shards are sent only while their worst case fits", PATIENT, async () => {
  await using lane = await startBatchSystem();
  const job = await lane.start(200, { max_cost: 0.002, max_tokens: 100 });
  const paused = await lane.system.over(job);
  expect(paused).toMatchObject({ state: "paused", reason: { code: "max_cost" } });
  expect(paused.done).toBeGreaterThan(20);
  expect(paused.done).toBeLessThan(200);
  expect(paused.cost!).toBeLessThanOrEqual(0.002);
});

test(
  "slow batches are sent a second time, the first answer of a row counts, and losers are charged",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "lognormal:6s,1.6", seed: 3 });
    const job = await lane.start(400, { max_batch_size: 10, max_hedge_cost: 0.1 });
    const view = await lane.settled(job);
    expectAllAnswered(view, 400);
    expect(view.batches!.hedges).toBeGreaterThan(0);
    const { repeatedPaidCalls } = lane.simulator.stats();
    expect(view.batches!.late).toBe(repeatedPaidCalls);
    expect(repeatedPaidCalls).toBeLessThanOrEqual(40);
  },
);

test(
  "hedged by calls, what slow batches lack is asked online, and the batches are ended",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "lognormal:6s,1.6", seed: 3 });
    await using _dispatcher = await startDispatcher(lane.system.nats, {
      OPENAI_BASE_URL: lane.simulator.url,
    });
    const job = await lane.start(400, { max_batch_size: 10, max_hedge_cost: 0.1, hedge: "online" });
    const view = await lane.settled(job);
    expectAllAnswered(view, 400);
    expect(view.batches!.hedges).toBeGreaterThan(0);
    // A call that is open when the job ends is paid and dropped.
    const paidTwice = lane.simulator.stats().paidCalls - 400;
    expect(paidTwice).toBeGreaterThanOrEqual(view.batches!.late + view.repeated);
    expect(paidTwice).toBeLessThanOrEqual(40);
  },
);

test("a job changes lane by one word, and pays nothing twice", PATIENT, async () => {
  await using lane = await startBatchSystem({ batchDuration: "300s" });
  await using _dispatcher = await startDispatcher(lane.system.nats, { OPENAI_BASE_URL: lane.simulator.url });
  await lane.start(100);
  await until("some lines are answered", () => lane.simulator.stats().paidCalls > 30);
  const job = await lane.system.start({ dataset: "data.jsonl" });
  const view = await lane.settled(job);
  expectAllAnswered(view, 100);
  expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 100, repeatedPaidCalls: 0 });
});
