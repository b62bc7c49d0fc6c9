import { expect, test } from "vitest";
import { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { openBroker } from "../../../shared/runtime/broker.ts";
import { openStore } from "../../../shared/runtime/store.ts";
import type { RowInHand } from "../../../shared/runtime/worker/chunk-in-hand.ts";
import { openChunkSession } from "../../../shared/runtime/worker/chunk-session.ts";
import { type Discovery, openDiscovery } from "../../../shared/runtime/worker/discovery.ts";
import type { RowWorker } from "../../../shared/runtime/worker/row-worker.ts";
import { BUCKETS, CHUNK_STREAMS } from "../../../shared/topology.ts";
import { startNats, type TestNats } from "../../support/nats.ts";
import { playCoordinator } from "../../support/played-coordinator.ts";
import { until } from "../../support/until.ts";

/** A service on the kit that answers each row with its number, once `opened` says that it may. */
async function startEcho(nats: TestNats, opened: () => boolean, refuses = false) {
  const broker = await openBroker(nats.url("dispatcher"), "dispatcher-0", 5000);
  const store = await openStore(broker, BUCKETS.jobs, RequestJob);
  let messages = 0;
  const begun: number[] = [];
  const ports = {
    broker,
    store,
    service: "dispatcher",
    replica: "dispatcher-0",
    ackWaitMs: 2_000,
    lastCallsMs: 60_000,
    nextMessageId: () => `m${++messages}`,
    onStored: () => {},
  };
  let prepared = 0;
  let [taken, withdrawn] = [0, 0];
  const discovery = openDiscovery({
    broker,
    store,
    service: "dispatcher",
    subjects: CHUNK_STREAMS,
    prepare: async (entry, stream) => {
      if (entry.value.state !== "running") return undefined;
      prepared += 1;
      if (refuses) return { refused: { code: "no_key", message: "there is no key" } };
      const begin = () =>
        openChunkSession(ports, {
          entry,
          stream,
          engage: (hands): RowWorker => {
            const waiting: { row: number; held: RowInHand }[] = [];
            const pump = () => {
              while (opened() && waiting.length > 0) {
                const { row, held } = waiting.shift()!;
                begun.push(row);
                const line = JSON.stringify({ row });
                const result = {
                  row,
                  ok: true,
                  truncated: false,
                  line,
                  promptTokens: 0,
                  completionTokens: 0,
                };
                hands.finished(held, result);
              }
            };
            const timer = setInterval(pump, 10);
            return {
              take: (rows, chunk) => {
                taken += rows.length;
                for (const { row } of rows) waiting.push({ row, held: { chunk } });
              },
              unfinished: () => waiting.length,
              room: () => 20,
              withdraw: () => {
                withdrawn += waiting.length;
                return waiting.splice(0).map(({ held }) => held);
              },
              abort: () => [],
              follow: () => {},
              pump,
              leave: () => clearInterval(timer),
            };
          },
        });
      return { begin };
    },
  });
  return {
    begun,
    prepared: () => prepared,
    taken: () => taken,
    withdrawn: () => withdrawn,
    discovery: discovery as Discovery,
    [Symbol.asyncDispose]: async () => {
      await discovery.close("drop");
      await broker.close();
    },
  };
}

test("a worker on the kit: chunks are found, their rows worked on once, and their results stored", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using echo = await startEcho(nats, () => true);
  const job = await coordinator.job();
  await job.feed(0, 100);
  await until("all rows have a result", () => job.done.size === 100);
  expect([job.results.length, echo.begun.length]).toEqual([100, 100]);
  expect(echo.discovery.ready()).toBe(true);
});

test("rows that wait go back while the job rests, and are worked on when it goes on", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  let opened = false;
  await using echo = await startEcho(nats, () => opened);
  const job = await coordinator.job();
  await job.feed(0, 40);
  await until("rows are in hand", () => echo.taken() > 0);
  await job.set("paused");
  await until("rows have gone back", () => echo.withdrawn() > 0);
  opened = true;
  await job.set("running");
  await until("all rows have a result", () => job.done.size === 40);
  expect(echo.begun.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, row) => row));
});

test("a job for which something is missing is paused with the reason, and asked for once", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using echo = await startEcho(nats, () => true, true);
  const job = await coordinator.job();
  await until("it is halted", () => job.halts.length > 0);
  expect(job.halts).toEqual([{ state: "paused", code: "no_key", message: "there is no key" }]);
  expect(echo.prepared()).toBe(1);
});
