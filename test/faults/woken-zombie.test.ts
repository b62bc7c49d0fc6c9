import { createInbox } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { whichRowsAreDone } from "../../shared/contracts/collector-questions.ts";
import { decode, encode } from "../../shared/runtime/messages.ts";
import { closedGate, type Gate } from "../support/gate.ts";
import type { PlayedWorker } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, repeatedIn, startSystem, type TestSystem } from "../support/system.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const ROWS = 600;

test("a paused owner that wakes commits and feeds nothing more, and the output is right", async () => {
  await using system = await startSystem();
  const gate = closedGate();
  const { job, worker, zombie, committed } = await jobOfAZombie(system, gate);
  zombie.signal("SIGCONT");
  await until("the zombie knows", () => zombie.log().includes("no longer owning the job"));
  gate.open();
  await expectAllRight(system, job, worker);
  const progress = (await (await system.stores()).progress.get(job))!.value;
  expect(progress.parts.filter(({ name }) => name.startsWith("zombie-"))).toEqual(committed);
  expect(progress.owner).toMatch(/^coordinator-b-/);
});

test("a woken owner that connects anew does not take the results away from the one that follows it", async () => {
  await using system = await startSystem();
  await using proxy = await startTcpProxy(system.nats.port);
  const gate = closedGate();
  const natsUrl = system.nats.url("coordinator").replace(String(system.nats.port), String(proxy.port));
  const { job, worker, zombie } = await jobOfAZombie(system, gate, natsUrl);
  proxy.cut();
  zombie.signal("SIGCONT");
  await until("the zombie knows", () => zombie.log().includes("no longer owning the job"));
  gate.open();
  await expectAllRight(system, job, worker);
});

test("a woken owner does not answer from what it knew", async () => {
  await using system = await startSystem();
  const gate = closedGate();
  const { job, zombie, worker } = await jobOfAZombie(system, gate);
  const rows = [...new Set(worker.called)];
  await until("all results so far are committed", async () => (await system.show(job))?.done === rows.length);
  const { nc, inboxPrefix } = worker.broker;
  const inbox = createInbox(inboxPrefix);
  const answers: number[][] = [];
  nc.subscribe(inbox, {
    callback: (_error, message) => void answers.push(decode(whichRowsAreDone.answer, message.data).done),
  });
  const question = encode({ job, run: 1, rows });
  // One waits in the sleeper's socket, others come while it wakes.
  nc.publish(whichRowsAreDone.subject(job), question, { reply: inbox });
  await nc.flush();
  zombie.signal("SIGCONT");
  let asked = 1;
  await until("the zombie knows", async () => {
    nc.publish(whichRowsAreDone.subject(job), question, { reply: inbox });
    await nc.flush();
    asked += 1;
    return zombie.log().includes("no longer owning the job");
  });
  await until("the owner has answered", () => answers.length >= asked);
  for (const done of answers) expect(done).toEqual(rows);
  gate.open();
  await expectAllRight(system, job, worker);
});

/** A job in the middle, whose first owner was stopped and whose second has committed some results. */
async function jobOfAZombie(system: TestSystem, gate: Gate, natsUrl?: string) {
  const zombie = await system.coordinator({ replica: "zombie", ...(natsUrl ? { natsUrl } : {}) });
  const worker: PlayedWorker = await system.worker({
    before: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (worker.called.length > ROWS / 2) await gate.opened;
    },
  });
  const job = await system.start({ dataset: system.dataset(ROWS) });
  await system.coordinator({ replica: "coordinator-b" });
  await until("the job is in the middle", () => worker.called.length > ROWS / 4);
  zombie.signal("SIGSTOP");
  const committed = (await (await system.stores()).progress.get(job))!.value.parts;
  await until("the other owns it", async () => (await system.show(job))?.owner?.startsWith("coordinator-b-"));
  await until("the worker waits", () => worker.called.length > ROWS / 2);
  return { job, worker, zombie, committed };
}

async function expectAllRight(system: TestSystem, job: string, worker: PlayedWorker): Promise<void> {
  const view = await system.over(job);
  expect(view).toMatchObject({ state: "completed", rows: ROWS, done: ROWS, failed: 0, repeated: 0 });
  expect(annotationsOf(view)).toEqual(allAnswered(ROWS));
  expect(repeatedIn(worker.called)).toEqual([]);
}
