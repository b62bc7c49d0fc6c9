import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { BLOBS_STREAM } from "../../shared/topology.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { annotationsOf, linesOf, questionOf } from "../support/system.ts";
import { until } from "../support/until.ts";
import { type BatchSystem, datasetWith, expectAllAnswered, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };
const ROWS = 40;
/** Refused whatever lane asks them, until the provider has changed its mind. */
const REFUSED = [3, 17, 38];
const POISON = { poison: [{ marker: "NEVER", fault: "400" as const }] };

const marked = ({ system }: BatchSystem) =>
  datasetWith(system, ROWS, Object.fromEntries(REFUSED.map((row) => [row, "NEVER"])));

/** Ends the first run of a job, some of whose rows are refused; then the provider takes them. */
async function firstRun(lane: BatchSystem, message: Record<string, unknown>): Promise<JobView> {
  const view = await lane.settled(await lane.start(ROWS, { dataset: marked(lane), ...message }));
  expect(view).toMatchObject({ state: "completed_with_errors", run: 1, done: ROWS - 3, failed: 3 });
  expect(linesOf(view.errors).map(({ row }) => row)).toEqual(REFUSED);
  lane.simulator.configure({ poison: [] });
  return view;
}

/** All rows are there, in order, and none was paid twice. */
function expectWhole(lane: BatchSystem, view: JobView): void {
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, failed: 0 });
  expect(annotationsOf(view).map(([question]) => question)).toEqual(
    Array.from({ length: ROWS }, (_, row) => questionOf(row)),
  );
  expect(linesOf(view.errors)).toEqual([]);
  expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: ROWS, repeatedPaidCalls: 0 });
}

/** What lies in the broker for the job's shards. */
async function leftInBroker({ system }: BatchSystem, job: string): Promise<string[]> {
  const { state } = await system.admin.jsm.streams.info(BLOBS_STREAM, { subjects_filter: `blob.${job}.>` });
  return Object.keys(state.subjects ?? {});
}

test("a retry of failed rows sends them alone, in a batch of their own", PATIENT, async () => {
  await using lane = await startBatchSystem(POISON);
  const { job, promptTokens } = await firstRun(lane, {});
  expect(lane.simulator.stats().batches.created).toBe(2);
  await lane.system.change(job, "retry");
  const view = await lane.settled(job);
  expectWhole(lane, view);
  expect(view.batches).toMatchObject({ shards: 1, states: { completed: 1 } });
  expect(view.promptTokens).toBeGreaterThan(promptTokens);
  expect(lane.simulator.stats().batches.created).toBe(3);
  const listed = JSON.parse(readFileSync(view.batches!.objectsFile!, "utf8"));
  expect(listed.map(({ metadata }: { metadata: { run: string } }) => metadata.run)).toEqual(["1", "1", "2"]);
});

test("--retry_failed by the other lane asks what the first one could not", PATIENT, async () => {
  await using lane = await startBatchSystem(POISON);
  await using _dispatcher = await startDispatcher(lane.system.nats, { OPENAI_BASE_URL: lane.simulator.url });
  const { job } = await firstRun(lane, {});
  const online = { dataset: "marked.jsonl", retry_failed: true };
  expect(await lane.system.start(online)).toBe(job);
  const view = await lane.settled(job);
  expectWhole(lane, view);
  expect(lane.simulator.stats().batches.created).toBe(2);
});

test("and the other way round: what calls could not, a batch asks", PATIENT, async () => {
  await using lane = await startBatchSystem(POISON);
  await using _dispatcher = await startDispatcher(lane.system.nats, { OPENAI_BASE_URL: lane.simulator.url });
  const first = await lane.system.over(await lane.system.start({ dataset: marked(lane) }));
  expect(first).toMatchObject({ state: "completed_with_errors", failed: 3 });
  lane.simulator.configure({ poison: [] });
  const job = await lane.start(ROWS, { dataset: "marked.jsonl", retry_failed: true });
  expect(job).toBe(first.job);
  expectWhole(lane, await lane.settled(job));
  expect(lane.simulator.stats().batches.created).toBe(1);
});

test(
  "--overwrite ends the batches that run, counts none of their rows, and asks all anew",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "600s" });
    const first = await lane.start(ROWS);
    await until("some lines are answered", () => lane.simulator.stats().paidCalls > 5);
    lane.simulator.configure({ batchDuration: "20s" });
    const job = await lane.start(ROWS, { overwrite: true, temperature: 0.5 });
    expect(job).toBe(first);
    const view = await lane.settled(job);
    expectAllAnswered(view, ROWS);
    expect(view).toMatchObject({ run: 2, batches: { states: { completed: 2 }, late: 0 } });
    expect(lane.simulator.stats().batches.ended).toEqual({ completed: 2, cancelled: 2 });
  },
);

test(
  "nothing of a job's shards stays in the broker, whether it is completed or cancelled",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "60s" });
    const { system, simulator } = lane;
    const job = await lane.start(ROWS);
    await until("its batches run", () => simulator.stats().batches.created === 2);
    expect(await leftInBroker(lane, job)).not.toEqual([]);
    await system.change(job, "cancel");
    await lane.settled(job);
    expect([await leftInBroker(lane, job), await lane.shards(job)]).toEqual([[], []]);
    await system.change(job, "resume");
    const view = await lane.settled(job);
    expectAllAnswered(view, ROWS);
    expect([await leftInBroker(lane, job), await lane.shards(job)]).toEqual([[], []]);
    expect(existsSync(view.batches!.objectsFile!)).toBe(true);
  },
);
