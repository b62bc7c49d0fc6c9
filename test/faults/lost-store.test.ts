import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closedGate } from "../support/gate.ts";
import { failedResult, goodResult } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 100;

async function loseStore({ nats }: TestSystem): Promise<void> {
  await nats.kill();
  rmSync(join(nats.folder, "data"), { recursive: true });
  await nats.start();
}

/** A job whose rows 3 and 5 have failed, and whose broker has forgotten it since. */
async function forgottenJob(system: TestSystem) {
  const message = { dataset: system.dataset(ROWS) };
  const coordinator = await system.coordinator();
  const worker = await system.worker({
    call: (row) => (row === 3 || row === 5 ? failedResult(row) : goodResult(row)),
  });
  const job = await system.start(message);
  expect(await system.over(job)).toMatchObject({ state: "completed_with_errors", failed: 2 });
  await Promise.all([coordinator.kill(), worker.die()]);
  await loseStore(system);
  await system.coordinator();
  return { job, message, worker: await system.worker() };
}

test("a job whose broker lost its store goes on from its paid results when it is submitted again", async () => {
  await using system = await startSystem();
  const coordinator = await system.coordinator();
  const gate = closedGate();
  let admitted = 0;
  const worker = await system.worker({
    before: async ({ body }) => {
      admitted += body.rows.length;
      if (admitted > ROWS / 2) await gate.opened;
    },
  });
  const message = { dataset: system.dataset(ROWS) };
  const job = await system.start(message);
  await until("half of it is committed", async () => (await system.show(job))?.done === ROWS / 2);
  await Promise.all([coordinator.kill(), worker.die()]);
  await loseStore(system);
  await system.coordinator();
  const second = await system.worker();
  expect(await system.start(message)).toBe(job);
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn([...worker.called, ...second.called])).toEqual([]);
});

test("that a forgotten job's answers are taken over is said; its failed rows stay failed, without a call", async () => {
  await using system = await startSystem();
  const { job, message, worker } = await forgottenJob(system);
  const answer = await system.submit(message);
  const folder = join(system.folder, "temp", job);
  expect(answer).toMatchObject({
    note: `The answers that are in ${folder} from before are taken over; rows that had failed stay so, unless --retry_failed.`,
  });
  expect(await system.over(job)).toMatchObject({ state: "completed_with_errors", done: ROWS - 2, failed: 2 });
  expect(worker.called).toEqual([]);
});

test("--retry_failed asks the failed rows of a forgotten job again, and no others", async () => {
  await using system = await startSystem();
  const { job, message, worker } = await forgottenJob(system);
  await system.submit({ ...message, retry_failed: true });
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", done: ROWS, failed: 0 });
  expect(worker.called.toSorted()).toEqual([3, 5]);
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
});

test("a forgotten job is refused where its dataset or a parameter changed, and --overwrite makes it anew", async () => {
  await using system = await startSystem();
  const { job, message, worker } = await forgottenJob(system);
  appendFileSync(join(system.folder, "data.jsonl"), '{"instruction": "one more"}\n');
  expect(await system.submit(message)).toMatchObject({
    exitCode: 2,
    error: expect.stringMatching(/^The dataset .*data\.jsonl changed since this job was started: /),
  });
  system.dataset(ROWS);
  rmSync(join(system.folder, "out"), { recursive: true });
  expect(await system.submit({ ...message, seed: 7 })).toMatchObject({
    exitCode: 2,
    error: expect.stringMatching(/holds answers that were made with other parameters \(seed: 42 -> 7\): /),
  });
  expect(await system.submit({ ...message, overwrite: true })).toMatchObject({ job, note: null });
  expect(await system.over(job)).toMatchObject({ state: "completed", done: ROWS });
  expect(worker.called).toHaveLength(ROWS);
});
