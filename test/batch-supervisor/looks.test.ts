import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { expectAllAnswered, KEY, startBatchSystem } from "./batch-system.ts";

const PATIENT = { timeout: 120_000 };

test(
  "batches that nobody can look at are told with the job, and not any more once that is over",
  PATIENT,
  async () => {
    await using lane = await startBatchSystem({ batchDuration: "300s" });
    const { system, simulator } = lane;
    const job = await lane.start(40);
    const batches = async () => (await system.show(job))?.batches;
    await until("both batches run", async () => (await batches())?.states.in_progress === 2);
    simulator.configure({ readFaults: { "503": 1 } });
    await until("that is told", async () => (await batches())?.faults.length === 1);
    expect((await batches())!.faults[0]).toContain("The provider failed with status 503");
    expect((await system.show(job))!.state).toBe("running");
    simulator.configure({ readFaults: {} });
    await until("it is told no more", async () => (await batches())?.faults.length === 0);
    simulator.configure({ batchSpeed: 600 });
    expectAllAnswered(await lane.settled(job), 40);
  },
);

test("a cancelled job whose key is refused says why it does not settle", PATIENT, async () => {
  await using lane = await startBatchSystem({ batchDuration: "300s" });
  const { system, simulator } = lane;
  const job = await lane.start(40);
  const batches = async () => (await system.show(job))?.batches;
  await until("both batches run", async () => (await batches())?.states.in_progress === 2);
  simulator.configure({ apiKeys: ["sk-other"] });
  await system.change(job, "cancel").catch(() => {});
  await until("that is told", async () =>
    (await batches())?.faults.some((fault) => /key is refused/.test(fault)),
  );
  expect(await system.show(job)).toMatchObject({ state: "cancelled", batches: { settling: true } });
  simulator.configure({ apiKeys: [KEY] });
  expect(await lane.settled(job)).toMatchObject({ state: "cancelled", batches: { faults: [] } });
});
