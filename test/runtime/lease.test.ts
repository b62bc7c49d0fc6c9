import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Broker, openBroker } from "../../shared/runtime/broker.ts";
import { openLeases } from "../../shared/runtime/lease.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { startNats, type TestNats } from "../support/nats.ts";
import { until } from "../support/until.ts";

const HOLDER = fileURLToPath(new URL("lease-holder.ts", import.meta.url));
const LONG_MS = 600_000;

let nats: TestNats;
let broker: Broker;

beforeAll(async () => {
  nats = await startNats();
  broker = await openBroker(nats.url("coordinator"), "leases", 5000);
  await ensureTopology(broker);
});

afterAll(async () => {
  await broker?.close();
  await nats?.[Symbol.asyncDispose]();
});

test("one of two processes has the lease; the other gets it when that one is killed, and not before", async () => {
  await using first = await startHolder("a", 1000, "killed");
  await until("the first has it", () => first.said.length > 0);
  await using second = await startHolder("b", 1000, "killed");
  const leases = await openLeases(broker, "c", 1000);
  // Several times to live pass while the holder beats.
  const seenAt = performance.now();
  await until("three times to live have passed", () => performance.now() - seenAt > 3000);
  expect(second.said).toEqual([]);
  expect(await leases.holder("killed")).toBe("a");
  first.process.kill("SIGKILL");
  await until("the second has it", () => second.said.length > 0);
  expect(second.said).toEqual([{ has: 2 }]);
});

test("a stopped holder that wakes learns that it lost the lease", async () => {
  await using first = await startHolder("a", 1000, "woken");
  await until("the first has it", () => first.said.length > 0);
  await using second = await startHolder("b", 1000, "woken");
  first.process.kill("SIGSTOP");
  await until("the second has it", () => second.said.length > 0);
  first.process.kill("SIGCONT");
  await until("the first knows", () => first.said.length > 1);
  expect([first.said, second.said]).toEqual([[{ has: 1 }, { lost: 1 }], [{ has: 2 }]]);
});

test("a lease that is let go can be had at once", async () => {
  await using first = await startHolder("a", LONG_MS, "released");
  await until("the first has it", () => first.said.length > 0);
  await using second = await startHolder("b", LONG_MS, "released");
  first.process.send("release");
  await until("the second has it", () => second.said.length > 0);
  expect(second.said).toEqual([{ has: 2 }]);
});

test("a restarted process of the same replica takes its lease back at once", async () => {
  await using first = await startHolder("a", LONG_MS, "same");
  await until("the first has it", () => first.said.length > 0);
  first.process.kill("SIGKILL");
  await using again = await startHolder("a", LONG_MS, "same");
  await until("the restarted one has it", () => again.said.length > 0);
  expect(again.said).toEqual([{ has: 2 }]);
});

test("a lease is not valid while its holder cannot say that it lives", async () => {
  const leases = await openLeases(broker, "d", 1000);
  const lease = (await leases.tryAcquire("silent"))!;
  expect(lease.valid()).toBe(true);
  await nats.kill();
  await until("it is not valid any more", () => !lease.valid(), { withinMs: 30_000 });
  await nats.start();
  await until("it beats again, for nobody took it", () => lease.valid(), { withinMs: 30_000 });
  expect(lease.signal.aborted).toBe(false);
  await lease.release();
  expect(lease.valid()).toBe(false);
  expect(await leases.holder("silent")).toBeUndefined();
});

async function startHolder(replica: string, ttlMs: number, key: string) {
  const child: ChildProcess = fork(HOLDER, [nats.url("coordinator"), replica, String(ttlMs), key]);
  const said: unknown[] = [];
  child.on("message", (message) => void said.push(message));
  return {
    process: child,
    said,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}
