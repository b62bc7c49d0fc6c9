import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { afterFault } from "../../services/dispatcher/calling/after-fault.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import { playCoordinator } from "../support/played-coordinator.ts";
import { playHttp } from "../support/played-http.ts";
import { until } from "../support/until.ts";

const PATIENT = { timeout: 120_000 };

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test(
  "an endpoint that was never there pauses the job with the way out, and fails no row",
  PATIENT,
  async () => {
    await using nats = await startNats();
    await using coordinator = await playCoordinator(nats);
    const OPENAI_BASE_URL = `http://127.0.0.1:${await freePort()}/v1`;
    await using _dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL });
    const job = await coordinator.job({ maxAttempts: 3 });
    await job.feed(0, 5);
    const [halt] = await until("the job is halted", () => job.halts.length > 0 && job.halts, {
      withinMs: 90_000,
    });
    expect(halt).toMatchObject({ state: "paused", code: "unreachable" });
    expect(halt!.message).toMatch(/refuses connections\. Check the base URL of annotator .*assay resume/);
    expect(job.done.size).toBe(0);
  },
);

test("rows of a small job wait for an endpoint that went away, and lose no attempt", PATIENT, async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const port = await freePort();
  const first = await startSimulator({ port, latency: "5ms" });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` });
  const job = await coordinator.job({ maxAttempts: 2 });
  await job.feed(0, 10);
  await until("it has answered", () => job.done.size === 10);
  await first.close();
  await job.feed(10, 5);
  await until("many calls were refused", () => dispatcher.log().includes("seems to be down"), {
    withinMs: 60_000,
  });
  await using _second = await startSimulator({ port, latency: "5ms" });
  await until("all rows are done", () => job.done.size === 15, { withinMs: 90_000 });
  expect([...job.done.values()].every(({ ok }) => ok)).toBe(true);
  expect(job.halts).toEqual([]);
});

test.each([
  ["connection_refused", false, "halt"],
  ["tls", false, "halt"],
  ["http_500", false, "row"],
  ["connection_refused", true, "again"],
  ["tls", true, "row"],
  ["reset", true, "row"],
  ["garbage", false, "halt"],
  ["garbage", true, "row"],
])(
  "a last attempt that ends in %s, the endpoint having answered before: %s, comes to %s",
  (reason, hasAnswered, kind) => {
    const fault = { kind: "retry", reason, message: "It failed.", waitMs: null } as const;
    expect(afterFault(fault, 5, 5, { hasAnswered, outageMs: 0 }).kind).toBe(kind);
  },
);

test("who is overloaded or starting is waited for by time: longer and longer, and no attempt is spent", () => {
  const after = (reason: string, outageMs: number) => {
    const fault = { kind: "retry", reason, message: "It failed.", waitMs: null } as const;
    return afterFault(fault, 1, 5, { hasAnswered: false, outageMs }, 0);
  };
  expect(after("http_503", 0)).toEqual({ kind: "again", waitMs: 250, counts: true });
  expect(after("http_503", 40_000)).toEqual({ kind: "again", waitMs: 10_000, counts: false });
  expect(after("http_529", 290_000)).toEqual({ kind: "again", waitMs: 30_000, counts: false });
  expect(after("http_503", 300_000)).toMatchObject({ counts: true });
  // It may have been paid.
  expect(after("http_500", 40_000)).toEqual({ kind: "again", waitMs: 250, counts: true });
});

test("an endpoint of which nothing can be read pauses the job, and fails no row", PATIENT, async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using page = await playHttp(() => ({ body: "<html><title>Welcome</title></html>" }));
  await using _dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: `${page.origin}/v1` });
  const job = await coordinator.job({ maxAttempts: 2 });
  await job.feed(0, 3);
  const [halt] = await until("the job is halted", () => job.halts.length > 0 && job.halts);
  expect(halt).toMatchObject({ state: "paused", code: "unreadable" });
  expect(halt!.message).toMatch(/Welcome.*check its base URL and provider.*assay resume/);
  expect(job.done.size).toBe(0);
});
