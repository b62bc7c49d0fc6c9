import { expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { CompletionChunk } from "../../shared/contracts/completion-chunk.ts";
import { completionsWanted } from "../../shared/contracts/completion-chunk.ts";
import { RetryableError } from "../../shared/errors.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { consumeWork } from "../../shared/runtime/pulling/work.ts";
import { workStream } from "../../shared/topology.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startNats, type TestNats } from "../support/nats.ts";
import { type PlayedJob, playCoordinator, ROUTE } from "../support/played-coordinator.ts";
import { completionOf, startProvider } from "../support/provider.ts";
import { until } from "../support/until.ts";

const all = (job: PlayedJob, rows: number) =>
  until(`${rows} rows have a result`, () => job.done.size >= rows, {
    withinMs: 100_000,
    seen: () => job.done.size,
  });
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);
const repaid = (simulator: Simulator) => simulator.stats().repeatedPaidCalls;

test("a paused job finishes its open calls and gives back the rest; resumed, no call is repeated", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "150ms", tokenizer: "bytes" });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 8 });
  await job.feed(0, 120, { rowsAChunk: 20 });
  await until("some are done", () => job.done.size >= 10);
  await job.set("paused");
  await until("no call is open", () => simulator.stats().inFlight === 0);
  const paid = simulator.stats().paidCalls;
  await until("what was paid is stored", () => job.done.size === paid);
  expect(paid).toBeLessThan(120);
  expect(simulator.stats().requests).toBe(paid);
  await job.set("running");
  await all(job, 120);
  expect([repaid(simulator), job.results.length]).toEqual([0, 120]);
});

test("a cancelled job's open calls are finished and stored, and none is begun, also when it goes on in another run", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "400ms", tokenizer: "bytes" });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 8 });
  await job.feed(0, 60);
  await until("calls are open", () => simulator.stats().inFlight === 8);
  await job.set("cancelled");
  await job.set("running", {}, { run: 2 });
  await until("the calls have ended", () => simulator.stats().inFlight === 0);
  const { requests, paidCalls } = simulator.stats();
  await until("what was paid is stored", () => job.done.size === paidCalls);
  expect([requests, job.results.length]).toEqual([paidCalls, paidCalls]);
  expect(paidCalls).toBeLessThan(60);
});

test("a call of a cancelled job that does not end in time is given up, and nothing of it is stored", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "40s", tokenizer: "bytes" });
  const environment = { OPENAI_BASE_URL: simulator.url, ASSAY_LAST_CALLS_MS: "300" };
  await using dispatcher = await startDispatcher(nats, environment);
  const job = await coordinator.job({ concurrency: 8 });
  await job.feed(0, 60);
  await until("calls are open", () => simulator.stats().inFlight === 8);
  await job.set("cancelled");
  await until(
    "the calls are ended here",
    async () => (await dispatcher.metric("assay_calls_in_flight")) === 0,
  );
  expect(job.results).toEqual([]);
});

test("an overwritten job's open calls are ended at once, its chunks are acked, and nothing more is stored", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "40s", tokenizer: "bytes" });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 8 });
  await job.feed(0, 60);
  await until("calls are open", () => simulator.stats().inFlight === 8);
  await job.set("running", {}, { run: 2, firstRun: 2 });
  await until(
    "the calls are ended here",
    async () => (await dispatcher.metric("assay_calls_in_flight")) === 0,
  );
  const stream = workStream(job.id, ROUTE);
  const pending = async () =>
    (await coordinator.broker.jsm.consumers.info(stream, "dispatcher")).num_ack_pending;
  await until("what was in hand is acked", async () => (await pending()) === 0);
  expect(job.results).toEqual([]);
});

/** A dispatcher with ten open calls of a job of 60 rows was told to stop, and has. What it held would lie a minute. */
async function stoppedInTheMiddle() {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const coordinator = stack.use(await playCoordinator(nats, 60_000));
  const simulator = stack.use(await startSimulator({ apiKeys: [KEY], latency: "400ms", tokenizer: "bytes" }));
  const environment = { OPENAI_BASE_URL: simulator.url, ASSAY_ACK_WAIT_MS: "60000" };
  const first = stack.use(await startDispatcher(nats, environment));
  const job = await coordinator.job({ concurrency: 10 });
  await job.feed(0, 60);
  await until("calls are open", () => simulator.stats().inFlight === 10);
  expect(await first.stop()).toBe(0);
  const held = stack.move();
  return { nats, simulator, environment, job, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

test("SIGTERM: open calls are finished and stored, the rest goes to another replica at once, none is repeated", async () => {
  await using stopped = await stoppedInTheMiddle();
  const { nats, simulator, environment, job } = stopped;
  const paid = simulator.stats().paidCalls;
  await until("what it paid is stored", () => job.done.size === paid);
  await using _ = await startDispatcher(nats, { ...environment, ASSAY_REPLICA: "dispatcher-1" });
  await all(job, 60);
  expect([repaid(simulator), simulator.stats().abandonedCalls, job.results.length]).toEqual([0, 0, 60]);
});

test("SIGTERM, then the broker too: what was given back is there at once after both have started again", async () => {
  await using stopped = await stoppedInTheMiddle();
  const { nats, simulator, environment, job } = stopped;
  await nats.stop();
  await nats.start();
  await using _ = await startDispatcher(nats, environment);
  await all(job, 60);
  expect([repaid(simulator), job.results.length]).toEqual([0, 60]);
});

test("SIGKILL: another replica does what was not stored; repeated are the calls that were open, at most", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "100ms", tokenizer: "bytes" });
  await using first = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 16 });
  await job.feed(0, 400);
  await until("some are done", () => job.done.size >= 50);
  await first.kill();
  const asked = job.questions.length;
  await using _ = await startDispatcher(nats, {
    OPENAI_BASE_URL: simulator.url,
    ASSAY_REPLICA: "dispatcher-1",
  });
  await all(job, 400);
  expect([...job.done.keys()].toSorted((a, b) => a - b)).toEqual(numbers(0, 400));
  expect(repaid(simulator)).toBeLessThanOrEqual(32);
  expect(job.questions.length).toBeGreaterThan(asked);
  expect(job.results.length).toBe(400);
});

test("the broker is killed and started again: every row is stored once and none is called twice", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "20ms", tokenizer: "bytes" });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 8 });
  await job.feed(0, 600);
  for (const stored of [60, 250]) {
    await until("some are done", () => job.done.size >= stored);
    await nats.kill();
    await nats.start();
  }
  await all(job, 600);
  expect([...job.done.keys()].toSorted((a, b) => a - b)).toEqual(numbers(0, 600));
  expect(simulator.stats().paidCalls).toBe(600);
});

test("no row is called before the collector has said that it is wanted", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], latency: "5ms", tokenizer: "bytes" });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job();
  job.answering = false;
  await job.feed(0, 30, { rowsAChunk: 30 });
  await until("it is asked", () => job.questions.length >= 1);
  expect(simulator.stats().requests).toBe(0);
  const known = { row: 3, ok: true, truncated: false, line: "{}", promptTokens: 0, completionTokens: 0 };
  for (const row of numbers(0, 10)) job.done.set(row, { ...known, row });
  job.answering = true;
  await all(job, 30);
  expect(simulator.stats().requests).toBe(20);
  expect(job.results.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual(numbers(10, 20));
});

test("a chunk at its tenth delivery is split, and a single row at its tenth fails by name", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], tokenizer: "bytes" });
  const job = await coordinator.job();
  await job.feed(0, 3);
  await job.feed(7, 1, { single: true });
  await deliver(nats, workStream(job.id, ROUTE), 9);
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  await until("both are told", () => job.chunks.length === 2);
  expect(job.chunks.flatMap(({ split }) => split)).toEqual([0, 1, 2]);
  const [failed] = job.results;
  expect(JSON.parse(failed!.line)).toMatchObject({
    row: 7,
    reason: "poison",
    message: expect.stringContaining("10 times"),
  });
  expect(simulator.stats().requests).toBe(0);
});

test("answers of many megabytes are stored, one that no message can carry fails, and the others go on", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  const megabytes = (count: number) => "é".repeat(count * 512 * 1024);
  await using provider = await startProvider(({ body }) => {
    const size = /question (\d+)/.exec(body.messages[0]!.content)![1];
    return completionOf(megabytes(size === "5" ? 9 : 3));
  });
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: provider.url });
  const job = await coordinator.job();
  await job.feed(0, 12, { rowsAChunk: 12 });
  await all(job, 12);
  expect(JSON.parse(job.done.get(5)!.line)).toMatchObject({ reason: "result_too_large" });
  expect([...job.done.values()].filter(({ ok }) => ok).length).toBe(11);
  expect(JSON.parse(job.done.get(2)!.line).choices[0].text).toBe(megabytes(3));
});

test("an endpoint that is down makes rows wait instead of using up their attempts one after the other", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ apiKeys: [KEY], faults: { "503": 1 }, tokenizer: "bytes" });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const job = await coordinator.job({ concurrency: 16, maxAttempts: 8 });
  await job.feed(0, 200);
  await until("it is noticed", () => dispatcher.log().includes("the route seems to be down"));
  simulator.configure({ faults: {} });
  await all(job, 200);
  expect([...job.done.values()].every(({ ok }) => ok)).toBe(true);
});

test("without HTTP, rows go through the same queue and results; only where that is allowed", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using _ = await startDispatcher(nats, {
    OPENAI_BASE_URL: "http://noop.invalid/v1",
    ASSAY_ALLOW_NOOP: "1",
  });
  const job = await coordinator.job();
  await job.feed(0, 1_000, { rowsAChunk: 100 });
  await all(job, 1_000);
  expect(job.results.length).toBe(1_000);
  expect(JSON.parse(job.done.get(999)!.line)).toMatchObject({
    row: 999,
    choices: [{ text: "" }],
    attempts: 1,
  });
});

/** Takes every message of the stream so often and gives it back, as workers that die would. */
async function deliver(nats: TestNats, stream: string, times: number): Promise<void> {
  const broker = await openBroker(nats.url("dispatcher"), "dying-workers", 5000);
  const counts = new Map<number, number>();
  const work = consumeWork<CompletionChunk>(broker, {
    contract: completionsWanted,
    stream,
    durable: "dispatcher",
    concurrency: 10,
    ackWaitMs: 30_000,
    handle: async ({ seq, deliveries }) => {
      counts.set(seq, deliveries);
      throw new RetryableError("again", { retryAfterMs: deliveries < times ? 0 : 500 });
    },
  });
  await until(
    "it was delivered often",
    () => counts.size === 2 && [...counts.values()].every((count) => count >= times),
  );
  await work.stop();
  await broker.nc.flush();
  await broker.close();
}
