import { expect, test } from "vitest";
import { answersAtOnce } from "../../services/dispatcher/routes/calls-open-at-once.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import { playCoordinator } from "../support/played-coordinator.ts";
import { until } from "../support/until.ts";

test("of answers with many choices fewer calls are open than their answers have room in memory", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({ latency: "60s", tokenizer: "bytes" });
  await using dispatcher = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const inFlight = () => simulator.stats().inFlight;
  const request = { model: "gpt-4o-mini", n: 64, max_tokens: 2048 };
  const wide = await coordinator.job({ request, choices: 64, maxTokens: 2048 });
  await wide.feed(0, 200, { rowsAChunk: 50 });
  await until("calls are open", () => inFlight() > 0, { seen: () => dispatcher.log() });
  const narrow = await coordinator.job();
  await narrow.feed(0, 10);
  const fitting = answersAtOnce(64 * 2048);
  await until("the other job's calls are open, too", () => inFlight() >= fitting + 10, { seen: inFlight });
  expect(inFlight()).toBe(fitting + 10);
});

test("usual answers leave a thousand calls open, and the longest one", () => {
  expect(answersAtOnce(2048)).toBeGreaterThan(1000);
  expect(answersAtOnce(64 * 2048)).toBe(38);
  expect(answersAtOnce(1e9)).toBe(1);
  expect(answersAtOnce(0)).toBeGreaterThan(1000);
});
