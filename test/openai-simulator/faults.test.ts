import { expect, test } from "vitest";
import { drawFault, FAULT_KINDS, faultTable } from "../../services/openai-simulator/limits/faults.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { createRandom } from "../../shared/random.ts";
import { chatBody, completionOf, postChat } from "./chat-bodies.ts";

test("faults are drawn in their shares", () => {
  const table = faultTable({ "500": 0.05, reset: 0.02, hang: 0.01 }, FAULT_KINDS);
  const random = createRandom(5, 6, 7);
  const draws = Array.from({ length: 20_000 }, () => drawFault(table, random) ?? "none");
  const share = (kind: string) => draws.filter((drawn) => drawn === kind).length / draws.length;
  expect(share("500")).toBeCloseTo(0.05, 1.9);
  expect(share("reset")).toBeCloseTo(0.02, 1.9);
  expect(share("hang")).toBeCloseTo(0.01, 1.9);
  expect(share("none")).toBeCloseTo(0.92, 1.5);
});

test("drawn by digest, the same calls meet the same faults, and a second attempt draws anew", async () => {
  const outcomes = async () => {
    await using simulator = await startSimulator({ faults: { "500": 0.5 }, tokenizer: "bytes" });
    const statuses: number[] = [];
    for (let row = 0; row < 40; row++)
      statuses.push((await postChat(simulator.url, chatBody(`${row % 20}`))).status);
    return statuses;
  };
  const first = await outcomes();
  expect(await outcomes()).toEqual(first);
  expect(first.slice(0, 20)).not.toEqual(first.slice(20));
});

test("drawn at random, the seed decides", async () => {
  await using simulator = await startSimulator({
    faults: { "500": 0.5 },
    faultDraw: "random",
    tokenizer: "bytes",
  });
  const outcomes = async (seed: number) => {
    simulator.reset();
    simulator.configure({ seed });
    const statuses: number[] = [];
    for (let row = 0; row < 30; row++) statuses.push((await postChat(simulator.url, chatBody("x"))).status);
    return statuses.join();
  };
  const first = await outcomes(1);
  expect(await outcomes(1)).toBe(first);
  expect(await outcomes(2)).not.toBe(first);
});

test("garbage is a 200 that is not JSON or has no choices, and is not paid", async () => {
  await using simulator = await startSimulator({ faults: { not_json: 1 } });
  const broken = await postChat(simulator.url, chatBody("x"));
  expect(broken.status).toBe(200);
  const text = await broken.text();
  expect(() => JSON.parse(text)).toThrow();
  simulator.configure({ faults: { no_choices: 1 } });
  const hollow = await postChat(simulator.url, chatBody("x"));
  expect(await hollow.json()).not.toHaveProperty("choices");
  simulator.configure({ faults: { garbage: 1 } });
  const kinds = new Set<boolean>();
  for (let row = 0; row < 30; row++) {
    kinds.add((await (await postChat(simulator.url, chatBody(`${row}`))).text()).startsWith("{"));
  }
  expect(kinds).toEqual(new Set([true, false]));
  expect(simulator.stats()).toMatchObject({
    paidCalls: 0,
    injected: { not_json: 1, no_choices: 1, garbage: 30 },
  });
});

test("a refusal has null content and its text in refusal", async () => {
  await using simulator = await startSimulator({ faults: { refusal: 1 } });
  const { choices } = await completionOf(simulator.url, chatBody("x"));
  expect(choices[0]!.message.content).toBeNull();
  expect(choices[0]!.message.refusal).toContain("simulated");
  expect(choices[0]!.finish_reason).toBe("stop");
});

test("filtered and cut answers say so in finish_reason, and are paid", async () => {
  await using simulator = await startSimulator({ faults: { content_filter: 1 } });
  const filtered = await completionOf(simulator.url, chatBody("x"));
  expect(filtered.choices[0]).toMatchObject({ message: { content: "" }, finish_reason: "content_filter" });
  simulator.configure({ faults: { length: 1 } });
  const cut = await completionOf(simulator.url, chatBody("x"));
  expect(cut.choices[0]!.finish_reason).toBe("length");
  simulator.configure({ faults: {} });
  const whole = await completionOf(simulator.url, chatBody("x"));
  expect(whole.choices[0]!.message.content!.startsWith(cut.choices[0]!.message.content!)).toBe(true);
  expect(cut.usage.completion_tokens).toBe(Math.ceil(whole.usage.completion_tokens / 2));
  expect(simulator.stats()).toMatchObject({ paidCalls: 3, repeatedPaidCalls: 2 });
});

test("poisoned text always meets its fault, other text never", async () => {
  await using simulator = await startSimulator({
    poison: [
      { marker: "POISON-A", fault: "500" },
      { marker: "POISON-B", fault: "400" },
    ],
  });
  const status = async (content: string) => (await postChat(simulator.url, chatBody(content))).status;
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await status("a POISON-A row")).toBe(500);
    expect(await status("a POISON-B row")).toBe(400);
    expect(await status("a good row")).toBe(200);
  }
});

test("quota ends after N calls for good, and a raised quota goes on", async () => {
  await using simulator = await startSimulator({ quotaCalls: 2 });
  const code = async (row: number) => {
    const response = await postChat(simulator.url, chatBody(`row ${row}`));
    const body = (await response.json()) as { error?: { code: string } };
    return body.error?.code ?? response.status;
  };
  const codes = [await code(1), await code(2), await code(3), await code(4)];
  expect(codes).toEqual([200, 200, "insufficient_quota", "insufficient_quota"]);
  simulator.configure({ quotaCalls: null });
  expect(await code(3)).toBe(200);
});
