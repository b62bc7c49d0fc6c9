import { request } from "node:http";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import type { Stats } from "../../services/openai-simulator/stats.ts";
import { chatBody, completionOf, postChat } from "./chat-bodies.ts";

function originOf(url: string): string {
  return url.slice(0, -"/v1".length);
}

test("repeated paid calls are those beyond the first of the same body", async () => {
  await using simulator = await startSimulator();
  for (const content of ["a", "b", "a", "a"]) await completionOf(simulator.url, chatBody(content));
  const stats = (await (await fetch(`${originOf(simulator.url)}/simulator/stats`)).json()) as Stats;
  expect(stats).toMatchObject({ requests: 4, paidCalls: 4, distinctPaidCalls: 2, repeatedPaidCalls: 2 });
  expect(stats.series.reduce((sum, second) => sum + second.paid, 0)).toBe(4);
  expect(stats.series.reduce((sum, second) => sum + second.tokens, 0)).toBe(stats.tokens.charged);
});

test("a header can tell calls apart instead of the body", async () => {
  await using simulator = await startSimulator({ callHeader: "X-Row" });
  for (const row of ["1", "2", "2"]) await postChat(simulator.url, chatBody("same"), { "x-row": row });
  expect(simulator.stats()).toMatchObject({ paidCalls: 3, distinctPaidCalls: 2, repeatedPaidCalls: 1 });
});

test("a call whose client has left is paid all the same, and counted as abandoned", async () => {
  await using simulator = await startSimulator({ latency: "150ms" });
  const call = request(`${simulator.url}/chat/completions`, { method: "POST" });
  call.on("error", () => {});
  call.end(JSON.stringify(chatBody("x")));
  await expect.poll(() => simulator.stats().inFlight).toBe(1);
  call.destroy();
  await expect.poll(() => simulator.stats().paidCalls).toBe(1);
  expect(simulator.stats()).toMatchObject({ abandonedCalls: 1, inFlight: 0 });
});

test("reset forgets counts and refills limits", async () => {
  await using simulator = await startSimulator({ requestsPerMinute: 60 });
  const status = async () => (await postChat(simulator.url, chatBody("x"))).status;
  expect([await status(), await status()]).toEqual([200, 429]);
  await fetch(`${originOf(simulator.url)}/simulator/reset`, { method: "POST" });
  expect(simulator.stats()).toMatchObject({ requests: 0, paidCalls: 0, series: [] });
  expect(await status()).toBe(200);
  expect(simulator.stats().repeatedPaidCalls).toBe(0);
});

test("configure changes the options given and no other, over HTTP too", async () => {
  await using simulator = await startSimulator({ answers: "echo", apiKeys: ["sk-test"] });
  const configure = (options: unknown) =>
    fetch(`${originOf(simulator.url)}/simulator/configure`, {
      method: "POST",
      body: JSON.stringify(options),
    });
  const shown = (await (await configure({ tokenizer: "bytes", latency: "5ms" })).json()) as Record<
    string,
    unknown
  >;
  expect(shown).toMatchObject({ answers: "echo", tokenizer: "bytes", latency: "5ms", apiKeys: 1 });
  const { choices, usage } = await completionOf(simulator.url, chatBody("hello"));
  expect(choices[0]!.message.content).toBe("[simulated echo 0] hello");
  expect(usage.prompt_tokens).toBe(2 + 4 + 1 + 2);
});

test("a wrong configuration is refused by name and changes nothing", async () => {
  await using simulator = await startSimulator({ latency: "1ms" });
  for (const [options, named] of [
    [{ latency: "soon" }, "latency"],
    [{ latencies: "1ms" }, "latencies"],
    [{ faults: { "500": 2 } }, "faults"],
  ] as const) {
    const response = await fetch(`${originOf(simulator.url)}/simulator/configure`, {
      method: "POST",
      body: JSON.stringify({ burstSeconds: 5, ...options }),
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(named)]);
  }
  expect(simulator.configure({})).toMatchObject({ latency: "1ms", burstSeconds: 1 });
});

test("metrics tell what stats tell", async () => {
  await using simulator = await startSimulator({ requestsPerMinute: 60 });
  await postChat(simulator.url, chatBody("x"));
  await postChat(simulator.url, chatBody("x"));
  const metrics = await (await fetch(`${originOf(simulator.url)}/metrics`)).text();
  expect(metrics).toContain('assay_simulator_requests_total{outcome="paid"} 1');
  expect(metrics).toContain('assay_simulator_requests_total{outcome="rejected_requests"} 1');
  expect(metrics).toContain(
    `assay_simulator_tokens_total{kind="charged"} ${simulator.stats().tokens.charged}`,
  );
});

test("health is told, and an unknown address is an error in the provider's shape", async () => {
  await using simulator = await startSimulator();
  for (const path of ["/healthz", "/readyz"]) {
    const health = await fetch(originOf(simulator.url) + path);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  }
  const unknown = await fetch(`${simulator.url}/embeddings`, { method: "POST", body: "{}" });
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "unknown_url" } }]);
});

test("bodies of many chunks and of a megabyte come back whole", async () => {
  await using simulator = await startSimulator({ answers: "echo" });
  const text = "snow ☃ and 𝄞 ".repeat(80_000);
  const { choices } = await completionOf(simulator.url, chatBody(text));
  expect(choices[0]!.message.content).toBe(`[simulated echo 0] ${text}`);
});

test("close lets answers that are due soon go out", async () => {
  const simulator = await startSimulator({ latency: "100ms" });
  const answer = completionOf(simulator.url, chatBody("x"));
  await expect.poll(() => simulator.stats().inFlight).toBe(1);
  await simulator.close();
  expect((await answer).choices).toHaveLength(1);
  await simulator.close();
});
