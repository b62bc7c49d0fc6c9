import { expect, test } from "vitest";
import { closedGate } from "../support/gate.ts";
import { goodResult, type PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem, type TestSystem } from "../support/system.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const ROWS = 200;
/** Rows a chunk in a job of this size. */
const CHUNK = 10;

test("results that get lost on their way to the collector come again before any row is called again", async () => {
  await using system = await startSystem();
  await using proxy = await startTcpProxy(system.nats.port);
  const coordinator = await system.coordinator({ natsUrl: behind(system, proxy.port) });
  const [lost, later] = [closedGate(), closedGate()];
  let stored = 0;
  const worker = await system.worker({
    concurrency: 4,
    call: async (row) => {
      if (row < 2 * CHUNK) await lost.opened;
      else if (row < 4 * CHUNK) await later.opened;
      return goodResult(row);
    },
    after: async () => {
      stored += 1;
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  await until("four chunks are begun", () => worker.called.length === 4);
  proxy.loseAnswers();
  lost.open();
  await until("two have results, which get lost", () => stored === 2);
  proxy.cut();
  // These are stored before the coordinator is back: they must not be taken for all that there is.
  later.open();
  await expectAllRight(system, job, worker);
  expect((await system.show(job))?.owner).toBe("coordinator-0-1");
  expect(coordinator.log()).not.toContain("no longer owning");
});

test("a commit whose answer got lost is read back, and its owner goes on", async () => {
  await using system = await startSystem();
  await using proxy = await startTcpProxy(system.nats.port);
  const coordinator = await system.coordinator({
    natsUrl: behind(system, proxy.port),
    // A lost answer is noticed after 5 s; the lease must not be in question meanwhile.
    environment: { ASSAY_JOB_LEASE_MS: "60000" },
  });
  const gate = closedGate();
  const worker: PlayedWorker = await system.worker({
    before: async () => {
      if (worker.called.length >= ROWS / 2) await gate.opened;
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  const { progress } = await system.stores();
  await until("something is entered", () => worker.called.length >= ROWS / 2);
  // From here on the coordinator hears nothing; the commit of what it has read is on its way or still to come.
  proxy.loseAnswers();
  const before = (await progress.get(job))!;
  await until(
    "a commit is stored whose answer is lost",
    async () => (await progress.get(job))!.revision > before.revision,
  );
  proxy.cut();
  gate.open();
  await expectAllRight(system, job, worker);
  expect((await system.show(job))?.owner).toBe("coordinator-0-1");
  expect(coordinator.log()).not.toContain("no longer owning");
});

function behind(system: TestSystem, port: number): string {
  return system.nats.url("coordinator").replace(String(system.nats.port), String(port));
}

async function expectAllRight(system: TestSystem, job: string, worker: PlayedWorker): Promise<void> {
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, failed: 0, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
}
