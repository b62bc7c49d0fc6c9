import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { KEY, startDispatcher, type TestDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import { type PlayedJob, playCoordinator } from "../support/played-coordinator.ts";
import { completionOf, errorOf, startProvider } from "../support/provider.ts";
import { until } from "../support/until.ts";

const all = (job: PlayedJob, rows: number) =>
  until(`${rows} rows have a result`, () => job.done.size >= rows, {
    withinMs: 100_000,
    seen: () => job.done.size,
  });
const attempts = (job: PlayedJob) =>
  [...job.done.values()].map(({ line }) => JSON.parse(line).attempts as number);
const callsOf = (dispatcher: TestDispatcher) => dispatcher.metric("assay_calls_total", 'outcome="ok"');

test("a 429 stops the whole route for as long as it says, and burns no attempt", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const REST_MS = 1_500;
  const refusal = errorOf(
    429,
    { message: "Rate limit on requests", type: "requests" },
    { "retry-after-ms": String(REST_MS) },
  );
  await using provider = await startProvider(({ number }) => (number === 3 ? refusal : completionOf("fine")));
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: provider.url });
  const job = await coordinator.job({ concurrency: 1, maxAttempts: 1 });
  await job.feed(0, 6);
  await all(job, 6);
  expect(attempts(job)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(provider.arrivals.length).toBe(7);
  expect(provider.arrivals[3]! - provider.arrivals[2]!).toBeGreaterThanOrEqual(REST_MS);
  expect(await dispatcher.metric("assay_rate_limited_total")).toBe(1);
});

test("a 429 that one replica sees stops the others too", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const REST_MS = 6_000;
  const GRACE_MS = 3_000;
  const refusal = errorOf(429, { message: "slow down" }, { "retry-after": String(REST_MS / 1_000) });
  let refusing = false;
  let refusedAtMs = Number.POSITIVE_INFINITY;
  await using provider = await startProvider(() => {
    if (!refusing) return completionOf("fine");
    refusing = false;
    refusedAtMs = performance.now();
    return refusal;
  });
  const environment = { OPENAI_BASE_URL: provider.url };
  await using first = await startDispatcher(nats, environment);
  await using second = await startDispatcher(nats, { ...environment, ASSAY_REPLICA: "dispatcher-1" });
  const job = await coordinator.job({ concurrency: 1 });
  await job.feed(0, 4_000, { rowsAChunk: 20 });
  for (const one of [first, second]) await until("it makes calls", async () => (await callsOf(one)) > 0);
  refusing = true;
  await until("calls come again", () => (provider.arrivals.at(-1) ?? 0) > refusedAtMs + REST_MS);
  const meanwhile = provider.arrivals.filter(
    (atMs) => atMs > refusedAtMs + GRACE_MS && atMs < refusedAtMs + REST_MS,
  );
  expect(meanwhile).toEqual([]);
});

test("two replicas share a limit, and the provider refuses next to nothing", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    latency: "20ms",
    requestsPerMinute: 3_000,
    tokensPerMinute: 1_000_000,
    tokenizer: "bytes",
  });
  const environment = { OPENAI_BASE_URL: simulator.url };
  await using first = await startDispatcher(nats, environment);
  await using second = await startDispatcher(nats, { ...environment, ASSAY_REPLICA: "dispatcher-1" });
  const job = await coordinator.job({ limits: { requestsPerMinute: 3_000, tokensPerMinute: 1_000_000 } });
  await job.feed(0, 400);
  await all(job, 400);
  const { paidCalls, rejected } = simulator.stats();
  expect([paidCalls, job.results.length]).toEqual([400, 400]);
  expect(rejected.requests + rejected.tokens).toBeLessThanOrEqual(4);
  expect(await callsOf(first)).toBeGreaterThan(40);
  expect(await callsOf(second)).toBeGreaterThan(40);
  // 400 calls at 50 a second take 8 s, less what the first burst of a second allows.
  expect(simulator.stats().seconds).toBeGreaterThan(6);
});

test("the replica that hands out the budget is killed: another one goes on, and nothing is overdrawn", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const limits = { requestsPerMinute: 6_000, tokensPerMinute: 2_000_000 };
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    latency: "20ms",
    tokenizer: "bytes",
    ...limits,
  });
  const environment = { OPENAI_BASE_URL: simulator.url, ASSAY_ROUTE_LEASE_MS: "1000" };
  const start = (replica: string) => startDispatcher(nats, { ...environment, ASSAY_REPLICA: replica });
  await using first = await start("dispatcher-0");
  await using second = await start("dispatcher-1");
  const job = await coordinator.job({ limits });
  await job.feed(0, 800);
  await until("some are done", () => job.done.size > 100);
  const isOwner = (one: TestDispatcher) => one.log().includes("limits of the route");
  const [owner, other] = isOwner(first) ? [first, second] : [second, first];
  await owner.kill();
  await all(job, 800);
  expect(isOwner(other)).toBe(true);
  const { rejected, paidCalls } = simulator.stats();
  expect(rejected.requests + rejected.tokens).toBeLessThanOrEqual(8);
  expect(paidCalls).toBeLessThanOrEqual(800 + 64);
});

test("limits that nobody gave are learnt by one call that runs alone", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const limits = { requestsPerMinute: 12_000, tokensPerMinute: 9_000_000 };
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    // Long enough that the probe is still open whenever a slow machine gets to look.
    latency: "5s",
    tokenizer: "bytes",
    ...limits,
  });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ limits: { requestsPerMinute: null, tokensPerMinute: null } });
  await job.feed(0, 100);
  await until("the probe is open", () => simulator.stats().requests > 0);
  expect(simulator.stats().requests).toBe(1);
  simulator.configure({ latency: "10ms" });
  await all(job, 100);
  // Gauges are set now and then, not at every call.
  await until("the learnt limit is shown", async () => {
    return (await dispatcher.metric("assay_route_limit", 'kind="requests"')) > 0;
  });
  expect(await dispatcher.metric("assay_route_limit", 'kind="requests"')).toBe(12_000);
  expect(await dispatcher.metric("assay_route_limit", 'kind="tokens"')).toBe(9_000_000);
});

test("a given limit above the provider's is lowered to it, and the log says so once", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const limits = { requestsPerMinute: 3_000, tokensPerMinute: 3_000_000 };
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    latency: "10ms",
    tokenizer: "bytes",
    ...limits,
  });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ limits: { requestsPerMinute: 30_000, tokensPerMinute: 3_000_000 } });
  await job.feed(0, 200);
  await all(job, 200);
  await until(
    "it is in force",
    async () => (await dispatcher.metric("assay_route_limit", 'kind="requests"')) === 3_000,
  );
  expect(dispatcher.log().match(/above the provider's/g)?.length).toBe(1);
});

test("a limit that is set too high costs no more than a few refusals", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const limits = { requestsPerMinute: 6_000, tokensPerMinute: "unlimited" } as const;
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    latency: "10ms",
    tokenizer: "bytes",
    requestsPerMinute: 4_000,
    rateHeaders: false,
  });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ limits });
  await job.feed(0, 800);
  await all(job, 800);
  const { rejected } = simulator.stats();
  expect(rejected.requests).toBeGreaterThan(0);
  expect(rejected.requests).toBeLessThan(120);
  expect(attempts(job).every((count) => count === 1)).toBe(true);
});

test("where max_tokens is charged, that is set aside; the provider refuses nothing", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const limits = { requestsPerMinute: 60_000, tokensPerMinute: 1_200_000 };
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    latency: "10ms",
    charges: "max_tokens",
    ...limits,
  });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ limits, charges: "auto" });
  await job.feed(0, 500);
  await all(job, 500);
  expect(simulator.stats().rejected.tokens).toBeLessThanOrEqual(5);
});
