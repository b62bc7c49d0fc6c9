import { expect, test } from "vitest";
import { closedGate } from "../support/gate.ts";
import { goodResult, type PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem, type TestSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 600;
/** Where waiting for a lease to run out would take longer than the test may. */
const LONG_LEASE = { ASSAY_JOB_LEASE_MS: "600000" };

test("another replica takes a killed coordinator's job over: no row is lost and none is called again", async () => {
  await using system = await startSystem();
  const first = await system.coordinator({ replica: "coordinator-a" });
  const { job, worker, goOn } = await jobInTheMiddle(system);
  const second = await system.coordinator({ replica: "coordinator-b" });
  await first.kill();
  goOn();
  const view = await expectAllRight(system, job, worker);
  expect(view.owner).toMatch(/^coordinator-b-/);
  expect(second.log()).not.toContain('"level":50');
});

test("a restarted replica of the same name takes its own lease back at once", async () => {
  await using system = await startSystem();
  const first = await system.coordinator({ environment: LONG_LEASE });
  const { job, worker, goOn } = await jobInTheMiddle(system);
  await first.kill();
  goOn();
  await system.coordinator({ environment: LONG_LEASE });
  await expectAllRight(system, job, worker);
});

test("a coordinator that is told to stop hands its job over without waiting for the lease", async () => {
  await using system = await startSystem();
  const first = await system.coordinator({ replica: "coordinator-a", environment: LONG_LEASE });
  const { job, worker, goOn } = await jobInTheMiddle(system);
  await system.coordinator({ replica: "coordinator-b", environment: LONG_LEASE });
  expect(await first.stop()).toBe(0);
  goOn();
  const view = await expectAllRight(system, job, worker);
  expect(view.owner).toMatch(/^coordinator-b-/);
});

/** A third of its rows were called for; the rest waits for `goOn`. */
async function jobInTheMiddle(system: TestSystem) {
  const gate = closedGate();
  const worker: PlayedWorker = await system.worker({
    before: async () => {
      if (worker.called.length > ROWS / 3) await gate.opened;
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  await until("the job is in the middle", () => worker.called.length > ROWS / 3);
  return { job, worker, goOn: gate.open };
}

async function expectAllRight(system: TestSystem, job: string, worker: PlayedWorker) {
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, failed: 0, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
  return view;
}

test("a coordinator killed as its job is cancelled: another takes in the calls that were open, then lets the job go", async () => {
  await using system = await startSystem();
  const first = await system.coordinator({ replica: "coordinator-a" });
  const [gate, resumed] = [closedGate(), closedGate()];
  await using worker: PlayedWorker = await system.worker({
    concurrency: 2,
    before: async () => {
      if (worker.called.length >= 2) await resumed.opened;
    },
    call: async (row) => {
      await gate.opened;
      return goodResult(row);
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  await until("two chunks are begun", () => worker.called.length === 2);
  await system.change(job, "cancel");
  await first.kill();
  gate.open();
  await system.coordinator({ replica: "coordinator-b" });
  const { jobs } = await system.stores();
  await until("it needs no owner any more", async () => !(await jobs.get(job))?.value.settling);
  expect(await system.show(job)).toMatchObject({ state: "cancelled", done: worker.called.length });
  resumed.open();
  await system.change(job, "resume");
  expect(await system.over(job)).toMatchObject({ state: "completed", done: ROWS, repeated: 0 });
  expect(repeatedIn(worker.called)).toEqual([]);
});
