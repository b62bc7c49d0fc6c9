import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { closedGate } from "../support/gate.ts";
import { goodResult, type PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 400;

test("chunks that a killed broker gives out again, mostly as if never delivered, are not called again: their results lie in the stream", async () => {
  await using system = await startSystem();
  const coordinator = await system.coordinator({ environment: { ASSAY_JOB_LEASE_MS: "60000" } });
  const gate = closedGate();
  let stored = 0;
  const first = await system.worker({
    call: async (row) => {
      await gate.opened;
      return goodResult(row);
    },
    after: async () => {
      stored += 1;
      await new Promise(() => {});
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  await until("four chunks are begun", () => first.called.length === 4);
  // It sleeps while the results are stored, so that it has read none of them when the chunks come again.
  coordinator.signal("SIGSTOP");
  gate.open();
  await until("all results of the chunks are stored, and none is acked", () => stored === 4);
  await Promise.all([first.die(), system.nats.kill()]);
  await system.nats.start();
  const second = await system.worker();
  await until("the chunks came again", () => second.chunks.length >= 4);
  coordinator.signal("SIGCONT");
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn([...first.called, ...second.called])).toEqual([]);
});

test("a broker that is killed again and again loses no row and has none called again", async () => {
  await using system = await startSystem();
  const coordinator = await system.coordinator({ environment: { ASSAY_JOB_LEASE_MS: "60000" } });
  const worker: PlayedWorker = await system.worker({ before: () => delay(30), concurrency: 2, flush: 3 });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  for (let kill = 1; kill <= 5; kill += 1) {
    // Each at another moment: commits, feeding, results and questions are under way all the time.
    await until("the job went on", () => worker.called.length >= (ROWS * kill) / 6);
    await system.nats.kill();
    await system.nats.start();
  }
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, repeated: 0 });
  expect(view.owner).toBe("coordinator-0-1");
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
  expect(coordinator.log()).not.toMatch(/no longer owning|owning the job failed/);
});
