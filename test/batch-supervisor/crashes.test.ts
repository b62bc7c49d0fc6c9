import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { expectAllAnswered, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };

test(
  "killed between the intent and the POST: the batch is looked for, and created once",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ createFaults: { hang: 1 } }, { supervisor: false });
    const first = await lane.supervisor();
    const job = await lane.start(40, { reconcile_wait: 1 });
    await until(
      "both shards are intended",
      async () => (await lane.shards(job)).filter(({ sends }) => sends[0]!.state === "intended").length === 2,
    );
    await first.kill();
    lane.simulator.configure({ createFaults: {} });
    await lane.supervisor();
    expectAllAnswered(await lane.settled(job), 40);
    expect(lane.simulator.stats().batches.created).toBe(2);
  },
);

test(
  "a POST whose answer got lost is found in the list, however late it shows there, and not made again",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ createFaults: { lost: 1 }, batchListDelay: "60s" });
    const job = await lane.start(40, { reconcile_wait: 20 });
    await until("both batches were created", () => lane.simulator.stats().batches.created === 2);
    lane.simulator.configure({ createFaults: {} });
    const view = await lane.settled(job);
    expectAllAnswered(view, 40);
    expect(view.batches!.duplicates).toBe(0);
    expect(lane.simulator.stats().batches.created).toBe(2);
  },
);

test(
  "a batch that shows up too late makes its second one be cancelled, and what that did is counted",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({
      createFaults: { lost: 1 },
      batchListDelay: "90s",
      batchDuration: "240s",
    });
    const job = await lane.start(20, { reconcile_wait: 0.2, hedge: "off" });
    await until("it was created", () => lane.simulator.stats().batches.created === 1);
    lane.simulator.configure({ createFaults: {} });
    await until("it was created again", () => lane.simulator.stats().batches.created === 2);
    const view = await lane.settled(job);
    expectAllAnswered(view, 20);
    expect(view.batches).toMatchObject({ duplicates: 1, states: { completed: 1, cancelled: 1 } });
    const { repeatedPaidCalls, batches } = lane.simulator.stats();
    expect(view.batches!.late).toBe(repeatedPaidCalls);
    expect(batches.ended).toEqual({ completed: 1, cancelled: 1 });
  },
);

test("another replica goes on where a killed one was, and nothing is paid twice", PATIENT, async () => {
  await using lane = await startBatchSystem({ batchDuration: "60s" }, { supervisor: false });
  const first = await lane.supervisor({ ASSAY_REPLICA: "supervisor-a" });
  const job = await lane.start(200);
  await until("half of the batches were created", () => lane.simulator.stats().batches.created >= 5);
  await lane.supervisor({ ASSAY_REPLICA: "supervisor-b" });
  await first.kill();
  const view = await lane.settled(job);
  expectAllAnswered(view, 200);
  expect(lane.simulator.stats()).toMatchObject({ distinctPaidCalls: 200, repeatedPaidCalls: 0 });
});

test("a coordinator and a broker that are killed lose no batch", PATIENT, async () => {
  await using lane = await startBatchSystem({ batchDuration: "60s" }, { coordinator: false });
  const { system, simulator } = lane;
  const coordinator = await system.coordinator();
  const job = await lane.start(240);
  await until("the first batches were created", () => simulator.stats().batches.created >= 3);
  await coordinator.kill();
  await system.nats.kill();
  await system.nats.start();
  await system.coordinator();
  await until("answers come", () => simulator.stats().paidCalls > 100);
  await system.nats.kill();
  await system.nats.start();
  const view = await lane.settled(job);
  expectAllAnswered(view, 240);
  expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 240, repeatedPaidCalls: 0 });
});
