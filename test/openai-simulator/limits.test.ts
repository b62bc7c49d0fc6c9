import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { chatBody, postChat } from "./chat-bodies.ts";

/** Floods the simulator with requests one after another on some lanes, and returns the statuses and the time it took. */
async function flood(url: string, requests: number, body: (row: number) => unknown) {
  const startedMs = performance.now();
  const statuses: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < requests) {
      const response = await postChat(url, body(next++));
      await response.arrayBuffer();
      statuses.push(response.status);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return { statuses, elapsedMs: performance.now() - startedMs };
}

test("no more requests pass than the limit and its burst allow", async () => {
  await using simulator = await startSimulator({ requestsPerMinute: 1200, tokenizer: "bytes" });
  const { statuses, elapsedMs } = await flood(simulator.url, 400, (row) => chatBody(`row ${row}`));
  const passed = statuses.filter((status) => status === 200).length;
  expect(passed).toBeGreaterThanOrEqual(20);
  expect(passed).toBeLessThanOrEqual(20 + (elapsedMs / 60_000) * 1200 + 1);
  const { requests, paidCalls, rejected } = simulator.stats();
  expect([requests, paidCalls, rejected.requests]).toEqual([400, passed, 400 - passed]);
});

test.each(["usage", "max_tokens"] as const)(
  "charging %s, no more tokens pass than the limit",
  async (charges) => {
    const limit = 120_000;
    await using simulator = await startSimulator({ tokensPerMinute: limit, charges, tokenizer: "bytes" });
    const { statuses, elapsedMs } = await flood(simulator.url, 200, (row) =>
      chatBody(`row ${row}`, { max_tokens: 300 }),
    );
    const { tokens, rejected, paidCalls } = simulator.stats();
    expect(tokens.charged).toBeLessThanOrEqual(limit / 60 + (elapsedMs / 60_000) * limit + 1);
    expect(rejected.tokens).toBe(statuses.filter((status) => status === 429).length);
    const used = tokens.prompt + tokens.completion;
    if (charges === "usage") expect(tokens.charged).toBe(used);
    else expect(tokens.charged).toBe(tokens.prompt + 300 * paidCalls);
  },
);

test("n choices are charged n times, and a request without max_tokens its usage", async () => {
  await using simulator = await startSimulator({
    tokensPerMinute: 1e6,
    charges: "max_tokens",
    burstSeconds: 60,
  });
  await (await postChat(simulator.url, chatBody("x", { n: 3, max_tokens: 500 }))).arrayBuffer();
  const first = simulator.stats().tokens;
  expect(first.charged).toBe(first.prompt + 1500);
  simulator.reset();
  await (await postChat(simulator.url, chatBody("x"))).arrayBuffer();
  const second = simulator.stats().tokens;
  expect(second.charged).toBe(second.prompt + second.completion);
});

test("the wait of a 429 is enough, and the 429 costs nothing", async () => {
  await using simulator = await startSimulator({
    tokensPerMinute: 60_000,
    charges: "max_tokens",
    tokenizer: "bytes",
  });
  const body = chatBody("x", { max_tokens: 900 });
  for (let round = 0; round < 3; round++) {
    const { tokens } = simulator.stats();
    const passed = await postChat(simulator.url, body);
    expect(passed.status).toBe(200);
    const refused = await postChat(simulator.url, body);
    expect(refused.status).toBe(429);
    expect(simulator.stats().tokens.charged).toBe(
      tokens.charged + 900 + simulator.stats().tokens.prompt / (round + 1),
    );
    const waitMs = Number(refused.headers.get("retry-after-ms"));
    expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil(waitMs / 1000));
    // A timer may ring a millisecond early.
    await new Promise((resolve) => setTimeout(resolve, waitMs + 2));
  }
});

test("a request larger than a minute's tokens is refused by name, without a Retry-After", async () => {
  await using simulator = await startSimulator({ tokensPerMinute: 1000, charges: "max_tokens" });
  const response = await postChat(simulator.url, chatBody("x", { max_tokens: 5000 }));
  const { error } = (await response.json()) as { error: { message: string; code: string; type: string } };
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, null]);
  expect(error).toMatchObject({ type: "tokens", code: "rate_limit_exceeded" });
  expect(error.message).toMatch(/^Request too large for gpt-4o-mini .*Limit 1000, Requested 50\d\d\./);
  expect(simulator.stats().rejected.too_large).toBe(1);
});

test("each key and each model has limits of its own", async () => {
  await using simulator = await startSimulator({ requestsPerMinute: 60 });
  const status = async (model: string, key: string) =>
    (await postChat(simulator.url, chatBody("x", { model }), { authorization: `Bearer ${key}` })).status;
  expect([await status("a", "k1"), await status("b", "k1"), await status("a", "k2")]).toEqual([
    200, 200, 200,
  ]);
  expect(await status("a", "k1")).toBe(429);
});

test("rate headers can be switched off, and are absent where there is no limit", async () => {
  await using simulator = await startSimulator({ requestsPerMinute: 6000 });
  const names = async () =>
    [...(await postChat(simulator.url, chatBody("x"))).headers.keys()].filter((name) =>
      name.startsWith("x-ratelimit"),
    );
  expect(await names()).toEqual([
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
  ]);
  simulator.configure({ rateHeaders: false });
  expect(await names()).toEqual([]);
});
