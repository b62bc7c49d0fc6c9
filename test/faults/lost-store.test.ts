import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closedGate } from "../support/gate.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem } from "../support/system.ts";
import { until } from "../support/until.ts";

const ROWS = 100;

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
  await system.nats.kill();
  rmSync(join(system.nats.folder, "data"), { recursive: true });
  await system.nats.start();
  await system.coordinator();
  const second = await system.worker();
  expect(await system.start(message)).toBe(job);
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn([...worker.called, ...second.called])).toEqual([]);
});
