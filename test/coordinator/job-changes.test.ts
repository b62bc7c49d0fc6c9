import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TerminalError } from "../../shared/errors.ts";
import { streamsOf } from "../../shared/runtime/streams.ts";
import { resultStream } from "../../shared/topology.ts";
import type { TestCoordinator } from "../support/coordinator.ts";
import { closedGate } from "../support/gate.ts";
import { failedResult, goodResult, type PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, linesOf, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 100;

let system: TestSystem;
let coordinator: TestCoordinator;
let dataset: string;

beforeAll(async () => {
  system = await startSystem();
  coordinator = await system.coordinator();
  dataset = system.dataset(ROWS);
});

afterAll(() => system?.[Symbol.asyncDispose]());

test("a cancelled job takes in the results of calls that were open, then drops its streams; resumed, it asks the rest", async () => {
  const [gate, cancelled] = [closedGate(), closedGate()];
  await using worker: PlayedWorker = await system.worker({
    concurrency: 2,
    before: async () => {
      if (worker.called.length >= 2) await cancelled.opened;
    },
    call: async (row, run) => {
      if (run === 1) await gate.opened;
      return goodResult(row);
    },
  });
  const job = await system.start({ dataset, save_dir: "cancelled" });
  await until("two chunks are begun", () => worker.called.length === 2);
  expect(await system.change(job, "cancel")).toMatchObject({ state: "cancelled" });
  gate.open();
  await until("their results are taken in", async () => (await system.show(job))?.done === 20);
  await until("its streams are gone", async () => (await streamsOfJob(job)).length === 0);
  cancelled.open();
  await system.change(job, "resume");
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", run: 2, done: ROWS, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(allRows());
});

test("failed rows stand in errors.jsonl; a retry raises the run and asks them alone", async () => {
  const failing = [3, 77];
  await using worker = await system.worker({
    call: (row, run) => (run === 1 && failing.includes(row) ? failedResult(row) : goodResult(row)),
  });
  const message = { dataset, save_dir: "retried" };
  const job = await system.start(message);
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed_with_errors", run: 1, done: ROWS - 2, failed: 2 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS, failing));
  expect(linesOf(join(view.outputFolder, "errors.jsonl"))).toEqual(
    failing.map((row) => expect.objectContaining({ row, reason: "bad_request" })),
  );
  expect(await system.submit(message)).toMatchObject({ note: expect.stringContaining("2 failed rows") });
  worker.called.length = 0;
  await system.change(job, "retry");
  const again = await system.over(job);
  expect(again).toMatchObject({ state: "completed", run: 2, done: ROWS, failed: 0, repeated: 0 });
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(failing);
  expect(annotationsOf(again)).toEqual(allAnswered(ROWS));
  expect(linesOf(join(view.outputFolder, "errors.jsonl"))).toEqual([]);
});

test("retry_failed in a message retries, too; a complete job is left alone, and overwrite asks all rows again", async () => {
  await using worker: PlayedWorker = await system.worker({
    call: (row, run) => (run === 1 && row === 0 ? failedResult(row) : goodResult(row, `run ${run}`)),
  });
  const message = { dataset, save_dir: "overwritten" };
  const job = await system.start(message);
  await system.over(job);
  worker.called.length = 0;
  expect(await system.start({ ...message, retry_failed: true })).toBe(job);
  expect(await system.over(job)).toMatchObject({ state: "completed", run: 2, done: ROWS });
  expect(worker.called).toEqual([0]);
  expect(await system.submit(message)).toMatchObject({
    job,
    note: expect.stringContaining("complete already"),
  });
  expect((await system.show(job))?.run).toBe(2);
  worker.called.length = 0;
  expect(await system.start({ ...message, seed: 7, overwrite: true })).toBe(job);
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", run: 3, done: ROWS });
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(allRows());
  expect(new Set(annotationsOf(view).map(([, answer]) => answer))).toEqual(new Set(["run 3"]));
});

test("a job that was paused when its coordinator was killed goes on when it is resumed", async () => {
  const gate = closedGate();
  await using worker: PlayedWorker = await system.worker({
    concurrency: 1,
    before: async () => {
      if (worker.called.length > 0) await gate.opened;
    },
  });
  const job = await system.start({ dataset, save_dir: "paused" });
  await until("the second chunk waits", () => worker.chunks.length === 2);
  await system.change(job, "pause");
  const consumer = `T_online_${job}_${(await (await system.stores()).jobs.get(job))!.value.spec.dispatch.route}`;
  const broker = system.admin;
  await until(
    "nothing is given out",
    async () => (await broker.jsm.consumers.info(consumer, "dispatcher")).paused === true,
  );
  await coordinator.kill();
  coordinator = await system.coordinator();
  gate.open();
  expect(await system.change(job, "resume")).toMatchObject({ state: "running" });
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: ROWS, repeated: 0 });
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(allRows());
});

test("a job stops before its budget is passed, says so, and goes on with a higher one, also under another owner", async () => {
  await using worker = await system.worker();
  // The worst case of a row is about 0.00007 dollars, and it really costs 0.0000045.
  const message = { dataset, save_dir: "budget", max_tokens: 100, max_cost: 0.0003 };
  const job = await system.start(message);
  const paused = await system.over(job);
  expect(paused).toMatchObject({ state: "paused", reason: { code: "max_cost" } });
  expect(paused.reason?.message).toMatch(
    /^The budget is used up: \$0\.000\d+ of max_cost \$0\.0003.* is spent/,
  );
  expect(paused.cost).toBeLessThanOrEqual(0.0003);
  expect(paused.done).toBeGreaterThan(30);
  expect(paused.done).toBeLessThan(ROWS);
  await coordinator.kill();
  coordinator = await system.coordinator();
  expect(await system.submit({ ...message, max_cost: 1 })).toMatchObject({
    job,
    note: "The paused job goes on.",
  });
  expect(await system.over(job)).toMatchObject({ state: "completed", done: ROWS, repeated: 0 });
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(allRows());
});

test("rows whose work ended in the dead letters are given out once more", async () => {
  const lost: number[] = [];
  await using worker = await system.worker({
    before: async ({ body }) => {
      if (lost.length > 0) return;
      lost.push(...body.rows.map(({ row }) => row));
      throw new TerminalError("lost on purpose");
    },
  });
  const job = await system.start({ dataset, save_dir: "lost" });
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: ROWS, failed: 0, repeated: 0 });
  expect(worker.called.toSorted((a, b) => a - b)).toEqual(allRows());
  expect(worker.chunks.filter(({ rows }) => rows.some((row) => lost.includes(row)))).toHaveLength(2);
});

async function streamsOfJob(job: string): Promise<string[]> {
  const broker = system.admin;
  const names = [...(await streamsOf(broker, "t.>")), ...(await streamsOf(broker, "r.>"))];
  return names.filter((name) => name.includes(job) || name === resultStream(job, 1));
}

const allRows = () => Array.from({ length: ROWS }, (_, row) => row);
