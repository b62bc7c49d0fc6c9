import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { tokenizerOf } from "../../services/openai-simulator/chat/tokenizer.ts";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import { type Simulator, startSimulator } from "../../services/openai-simulator/simulator.ts";
import { checkAnnotator } from "../../shared/contracts/jobs-api.ts";
import { ask } from "../../shared/runtime/requests.ts";
import { KEY, startDispatcher, type TestDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import {
  messagesOf,
  type PlayedCoordinator,
  type PlayedJob,
  playCoordinator,
} from "../support/played-coordinator.ts";
import { until } from "../support/until.ts";

/** One broker, simulator and dispatcher for all tests of this file; each has a job of its own. */
const stack = new AsyncDisposableStack();
const OPTIONS: PartialOptions = {
  apiKeys: [KEY],
  latency: "5ms",
  tokenizer: "bytes",
  faults: {},
  poison: [],
  quotaCalls: null,
  faultDraw: "random",
};
let simulator: Simulator;
let coordinator: PlayedCoordinator;
let dispatcher: TestDispatcher;
const jobs: PlayedJob[] = [];

beforeAll(async () => {
  const nats = stack.use(await startNats());
  coordinator = stack.use(await playCoordinator(nats));
  simulator = stack.use(await startSimulator(OPTIONS));
  dispatcher = stack.use(
    await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url, ASSAY_ALLOW_NOOP: "1" }),
  );
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  simulator.configure(OPTIONS);
  simulator.reset();
});
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.remove();
});

const start = async (dispatch: Parameters<PlayedCoordinator["job"]>[0] = {}) => {
  const job = await coordinator.job(dispatch);
  jobs.push(job);
  return job;
};
const complete = (job: PlayedJob, rows: number) =>
  until(`${rows} rows have a result`, () => job.done.size >= rows, {
    seen: () => [job.done.size, dispatcher.log().slice(-2000)],
  });
const lineOf = (job: PlayedJob, row: number) => JSON.parse(job.done.get(row)!.line);

test("every row is called once and its line is what the model answered", async () => {
  const job = await start();
  await job.feed(0, 200);
  await complete(job, 200);
  expect(job.results.length).toBe(200);
  expect(simulator.stats().paidCalls).toBe(200);
  const request = { model: "gpt-4o-mini", max_tokens: 200, messages: JSON.parse(messagesOf(123)) };
  const line = lineOf(job, 123);
  expect(line.choices[0].text).toBe(answerFor(request, 0, { tokenizer: tokenizerOf("bytes") }));
  expect(line).toMatchObject({ row: 123, model: "gpt-4o-mini", attempts: 1 });
  expect(line.usage.total_tokens).toBe(line.usage.prompt_tokens + line.usage.completion_tokens);
  const { promptTokens, completionTokens } = job.done.get(123)!;
  expect([promptTokens, completionTokens]).toEqual([line.usage.prompt_tokens, line.usage.completion_tokens]);
  expect(job.questions.flat().toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 200 }, (_, row) => row),
  );
});

test("n answers of a row are kept in order", async () => {
  const job = await start({
    request: { model: "gpt-4o-mini", n: 3, max_tokens: 50 },
    choices: 3,
    maxTokens: 50,
  });
  await job.feed(0, 10);
  await complete(job, 10);
  const request = { model: "gpt-4o-mini", max_tokens: 50, messages: JSON.parse(messagesOf(4)) };
  const texts = lineOf(job, 4).choices.map(({ text }: { text: string }) => text);
  expect(texts).toEqual(
    [0, 1, 2].map((choice) => answerFor(request, choice, { tokenizer: tokenizerOf("bytes") })),
  );
});

test("500s, resets, garbage and hanging calls are repeated; a row that never succeeds fails with its last fault", async () => {
  simulator.configure({
    faults: { "500": 0.1, reset: 0.05, garbage: 0.05, hang: 0.02 },
    poison: [{ marker: "question 77?", fault: "500" }],
  });
  const job = await start({ timeoutMs: 700, maxAttempts: 4 });
  await job.feed(0, 150);
  await complete(job, 150);
  expect(lineOf(job, 77)).toMatchObject({ row: 77, reason: "http_500", attempts: 4 });
  expect(lineOf(job, 77).message).toMatch(/500.*last of 4 attempts/);
  const good = [...job.done.values()].filter(({ ok }) => ok);
  expect(good.length).toBeGreaterThan(140);
  expect(good.some(({ line }) => JSON.parse(line).attempts > 1)).toBe(true);
  expect(job.results.length).toBe(150);
});

test("a finish reason that is not accepted is asked again and then fails, with all its tokens counted", async () => {
  simulator.configure({ poison: [{ marker: "question 3?", fault: "content_filter" }] });
  const job = await start({ maxAttempts: 2 });
  await job.feed(0, 10);
  await complete(job, 10);
  expect(lineOf(job, 3)).toMatchObject({ reason: "finish_reason", attempts: 2 });
  expect(lineOf(job, 3).message).toContain('"content_filter"');
  const { prompt_tokens } = lineOf(job, 4).usage;
  expect(job.done.get(3)!.promptTokens).toBe(2 * prompt_tokens);
});

test("a refusal is kept with text null; an answer cut by length is kept and flagged", async () => {
  simulator.configure({
    poison: [
      { marker: "question 1?", fault: "refusal" },
      { marker: "question 2?", fault: "length" },
    ],
  });
  const job = await start();
  await job.feed(0, 5);
  await complete(job, 5);
  expect(lineOf(job, 1).choices[0]).toMatchObject({
    text: null,
    refusal: expect.stringContaining("cannot help"),
  });
  expect(job.done.get(2)).toMatchObject({ ok: true, truncated: true });
  expect(job.done.get(0)).toMatchObject({ ok: true, truncated: false });
});

test("a row that the provider refuses fails with its words and leaves the others alone", async () => {
  simulator.configure({ poison: [{ marker: "question 5?", fault: "400" }] });
  const job = await start();
  await job.feed(0, 10);
  await complete(job, 10);
  expect(lineOf(job, 5)).toMatchObject({ reason: "invalid_prompt", attempts: 1 });
  expect(lineOf(job, 5).message).toContain("This prompt is not accepted");
  expect([...job.done.values()].filter(({ ok }) => ok).length).toBe(9);
});

test("a request above the token limit is refused by name before any call", async () => {
  const limits = { requestsPerMinute: null, tokensPerMinute: 60_000 } as const;
  const job = await start({ limits, route: "small-route" });
  const long = JSON.stringify([{ role: "user", content: "word ".repeat(70_000) }]);
  await job.feed(0, 4, { messages: (row) => (row === 2 ? long : messagesOf(row)), rowsAChunk: 4 });
  await complete(job, 4);
  expect(lineOf(job, 2)).toMatchObject({ reason: "request_too_large", attempts: 0 });
  expect(lineOf(job, 2).message).toMatch(/tokens .*60000 tokens a minute: lower max_tokens/);
  expect(simulator.stats().requests).toBe(3);
});

test("a row with an image is sent: what its bytes would take as text refuses nothing", async () => {
  const limits = { requestsPerMinute: null, tokensPerMinute: 60_000 } as const;
  const job = await start({ limits, route: "image-route" });
  const url = `data:image/png;base64,${"iVBORw0KGgo/".repeat(50_000)}`;
  const content = [
    { type: "text", text: "what is this?" },
    { type: "image_url", image_url: { url } },
  ];
  await job.feed(0, 1, { messages: () => JSON.stringify([{ role: "user", content }]), rowsAChunk: 1 });
  await complete(job, 1);
  expect(simulator.stats().requests).toBe(1);
});

test("a request whose answer might pass a limit is sent where answers are charged as they are", async () => {
  const limits = { requestsPerMinute: null, tokensPerMinute: 60_000 } as const;
  const job = await start({ limits, route: "usage-route", charges: "usage", choices: 16, maxTokens: 8_000 });
  await job.feed(0, 1);
  await complete(job, 1);
  expect(job.done.get(0)).toMatchObject({ ok: true });
});

test("a refused key pauses the job, names the variable, burns no row, and never shows the key", async () => {
  simulator.configure({ apiKeys: ["another"] });
  const job = await start();
  await job.feed(0, 100);
  await until("it is halted", () => job.halts.length > 0);
  expect(job.halts[0]).toMatchObject({ state: "paused", code: "authentication" });
  expect(job.halts[0]!.message).toMatch(/401.*OPENAI_API_KEY.*assay resume/);
  expect(JSON.stringify(job.halts) + dispatcher.log()).not.toContain(KEY);
  expect(job.done.size).toBe(0);
  simulator.configure({ apiKeys: [KEY] });
  await job.set("running");
  await complete(job, 100);
  expect([...job.done.values()].every(({ ok, line }) => ok && JSON.parse(line).attempts === 1)).toBe(true);
  expect(job.halts.length).toBe(1);
});

test("quota that ends pauses the job; resumed, it goes on with what is left", async () => {
  simulator.configure({ quotaCalls: 20 });
  const job = await start({ concurrency: 4 });
  await job.feed(0, 100);
  await until("it is halted", () => job.halts.length > 0);
  expect(job.halts[0]).toMatchObject({ state: "paused", code: "quota" });
  await until("the paid rows are stored", () => job.done.size === 20);
  simulator.configure({ quotaCalls: null });
  await job.set("running");
  await complete(job, 100);
  expect(simulator.stats().repeatedPaidCalls).toBe(0);
  expect(job.results.length).toBe(100);
});

test("a parameter that the model does not take fails the job with the provider's words", async () => {
  const job = await start({ request: { model: "gpt-4o-mini", no_such_parameter: 1 } });
  await job.feed(0, 20);
  await until("it is halted", () => job.halts.length > 0);
  expect(job.halts[0]).toMatchObject({ state: "failed", code: "unknown_parameter" });
  expect(job.halts[0]!.message).toContain("no_such_parameter");
  expect(job.done.size).toBe(0);
});

test("an annotator that is not known here pauses the job by name", async () => {
  const job = await start({ annotator: "gpt-4o-minni" });
  await until("it is halted", () => job.halts.length > 0);
  expect(job.halts[0]).toMatchObject({ state: "paused", code: "unknown_annotator" });
  expect(job.halts[0]!.message).toContain("gpt-4o-mini");
});

test("the running system says what an annotator lacks", async () => {
  const check = (annotator: string) => ask(coordinator.broker, checkAnnotator, [], { annotator }, 5_000);
  expect(await check("gpt-4o-mini")).toEqual({ fault: null, baseUrl: simulator.url });
  const llama = await check("llama3-405b");
  expect(llama.fault).toMatch(/TOGETHER_API_KEY is not set/);
  expect((await check("nobody")).fault).toMatch(/nobody/);
});

test("metrics count calls by outcome, tokens and rows", async () => {
  const before = await dispatcher.metric("assay_rows_total");
  const job = await start({ route: "metered-route" });
  await job.feed(0, 30);
  await complete(job, 30);
  expect(await dispatcher.metric("assay_calls_total", 'route="metered-route",outcome="ok"')).toBe(30);
  expect(
    await dispatcher.metric("assay_tokens_total", 'route="metered-route",kind="prompt"'),
  ).toBeGreaterThan(30);
  expect(await dispatcher.metric("assay_calls_in_flight", 'route="metered-route"')).toBe(0);
  await until(
    "the rows are counted",
    async () => (await dispatcher.metric("assay_rows_total")) - before === 30,
  );
});
