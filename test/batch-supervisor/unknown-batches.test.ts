import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { openBatchApi } from "../../shared/batch-api/batch-api.ts";
import { Shard } from "../../shared/contracts/shard.ts";
import { until } from "../support/until.ts";
import { type BatchSystem, expectAllAnswered, KEY, startBatchSystem } from "./batch-system.ts";
import { someSend, someShard } from "./some-shard.ts";

const PATIENT = { timeout: 120_000 };

/** Until all batches of the job are in this state. */
async function allAre(lane: BatchSystem, job: string, state: string, batches: number): Promise<void> {
  const states = async () => (await lane.system.show(job))?.batches?.states;
  await until(`all batches are ${state}`, async () => (await states())?.[state] === batches);
}

test(
  "a key that may not use batches pauses the job with that reason; mended, it goes on",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ apiKeys: [KEY, "sk-other"], batchKeys: ["sk-other"] });
    const job = await lane.start(40);
    const paused = await lane.system.over(job);
    expect(paused).toMatchObject({ state: "paused", reason: { code: "authentication" } });
    expect(paused.reason!.message).toContain(`"assay resume ${job}"`);
    expect(paused.reason!.message).not.toContain(KEY);
    lane.simulator.configure({ batchKeys: [KEY] });
    await lane.system.change(job, "resume");
    expectAllAnswered(await lane.settled(job), 40);
  },
);

test(
  "batches that the provider no longer knows pause the job; resumed, their rows are sent again",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "600s" });
    const { system, simulator } = lane;
    const job = await lane.start(40, { reconcile_wait: 0.5 });
    await allAre(lane, job, "in_progress", 2);
    simulator.reset();
    simulator.configure({ batchDuration: "20s" });
    const paused = await system.over(job);
    expect(paused).toMatchObject({ state: "paused", reason: { code: "batch_unknown" } });
    expect(paused.reason!.message).toContain("another project");
    expect(simulator.stats().batches.created).toBe(0);
    await system.change(job, "resume");
    const view = await lane.settled(job);
    expectAllAnswered(view, 40);
    expect(view.batches!.states).toEqual({ lost: 2, completed: 2 });
  },
);

test("a cancelled job does not wait for batches that the provider no longer knows", PATIENT, async () => {
  await using lane = await startBatchSystem({ batchDuration: "600s" });
  const { system, simulator } = lane;
  const job = await lane.start(40, { reconcile_wait: 0.5 });
  await allAre(lane, job, "in_progress", 2);
  simulator.reset();
  await system.change(job, "cancel");
  expect(await lane.settled(job)).toMatchObject({ state: "cancelled", done: 0 });
});

test(
  "a key that is taken away while batches run pauses the job; given back, nothing is lost",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "60s" });
    const { system, simulator } = lane;
    const job = await lane.start(40);
    await allAre(lane, job, "in_progress", 2);
    simulator.configure({ apiKeys: ["sk-other"] });
    expect(await system.over(job)).toMatchObject({ state: "paused", reason: { code: "authentication" } });
    simulator.configure({ apiKeys: [KEY] });
    await system.change(job, "resume");
    expectAllAnswered(await lane.settled(job), 40);
    expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 40, repeatedPaidCalls: 0 });
  },
);

test(
  "with another project's key nothing is sent; with the first one again, nothing is lost",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "60s" }, { supervisor: false });
    await using other = await startSimulator({ batchSpeed: 60, tokenizer: "bytes" });
    const { system, simulator } = lane;
    const first = await lane.supervisor();
    const job = await lane.start(40, { reconcile_wait: 0.5 });
    await allAre(lane, job, "in_progress", 2);
    await first.kill();
    const stranger = await lane.supervisor({ OPENAI_BASE_URL: other.url });
    expect(await system.over(job)).toMatchObject({ state: "paused", reason: { code: "batch_unknown" } });
    await stranger.stop();
    expect(other.stats().batches.created).toBe(0);
    await lane.supervisor();
    await system.change(job, "resume");
    expectAllAnswered(await lane.settled(job), 40);
    expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 40, repeatedPaidCalls: 0 });
  },
);

/** Simulators name files by their content: a second one of it has another id, and so has its batch. */
async function uploadThere({ url }: Simulator, { provider }: BatchSystem): Promise<void> {
  await using there = openBatchApi({ baseUrl: url, key: KEY, keySource: "the test" });
  const { batches } = await provider.listBatches();
  const content = await buffer(await provider.fileContent(batches[0]!.input_file_id));
  const chunks = async function* () {
    yield content;
  };
  await there.uploadFile({ name: "same.jsonl", bytes: content.length, content: chunks });
}

test(
  "a batch that was given up and shows up again is taken up, and its rows are not sent once more",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "1500s" }, { supervisor: false });
    await using other = await startSimulator({ batchSpeed: 60, batchDuration: "9000s" });
    const { system, simulator } = lane;
    const first = await lane.supervisor();
    const job = await lane.start(20, { reconcile_wait: 0.2, hedge: "off" });
    await allAre(lane, job, "in_progress", 1);
    await uploadThere(other, lane);
    await first.kill();
    const stranger = await lane.supervisor({ OPENAI_BASE_URL: other.url });
    await system.over(job);
    await system.change(job, "resume");
    await allAre(lane, job, "lost", 1);
    await allAre(lane, job, "in_progress", 1);
    await stranger.kill();
    await lane.supervisor();
    await system.over(job);
    const states = async () => (await system.show(job))?.batches?.states;
    await until("it is taken up", async () => (await states())?.lost === undefined);
    await system.change(job, "resume");
    const view = await lane.settled(job);
    expectAllAnswered(view, 20);
    expect(view.batches!.states).toEqual({ completed: 1, lost: 1 });
    expect(simulator.stats()).toMatchObject({ batches: { created: 1 }, repeatedPaidCalls: 0 });
  },
);

test("a shard's entry of an earlier version, which noted nothing of unknown batches, is read", () => {
  const { missing: _, ...send } = someSend();
  expect(Shard.parse({ ...someShard([]), sends: [send] }).sends).toEqual([{ ...send, missing: null }]);
});
