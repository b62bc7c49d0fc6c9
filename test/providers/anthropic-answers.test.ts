import { expect, test } from "vitest";
import { verdictOf } from "../../shared/completions/verdict.ts";
import { anthropicMessages } from "../../shared/providers/anthropic-messages.ts";
import { errorOf, messageOf, playAnthropic } from "../support/played-anthropic.ts";
import type { HttpAnswer } from "../support/played-http.ts";
import { ask } from "./ask-anthropic.ts";

const CHAT = [{ role: "user", content: "Hello?" }];
const verdictOfBody = (body: unknown, status = 200) =>
  verdictOf(anthropicMessages, { status, header: () => undefined, body: JSON.stringify(body) }, []);

test.each([
  [[{ role: "function", content: "x" }], /no role "function"/],
  [[{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }], /no audio/],
  [[{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }], /files as data only/],
])("what a chat cannot say there is a sentence of its row: %j", (messages, sentence) => {
  const body = anthropicMessages.bodies({ model: "m", max_tokens: 1 })(JSON.stringify(messages));
  expect(body).toEqual({ unsayable: expect.stringMatching(sentence) });
});

test.each([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
  ["model_context_window_exceeded", "length"],
  ["pause_turn", "pause_turn"],
  [null, null],
])("stop reason %j is finish reason %j", (stop_reason, finish_reason) => {
  const verdict = verdictOfBody(messageOf("Yes.", { stop_reason }).body);
  expect(verdict).toMatchObject({ kind: "kept", completion: { choices: [{ text: "Yes.", finish_reason }] } });
});

test("what is read from and written into the cache counts as prompt, and the provider's figures are kept", () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    cache_read_input_tokens: 900,
    cache_creation_input_tokens: 40,
  };
  const verdict = verdictOfBody(messageOf("Yes.", { usage }).body);
  expect(verdict).toMatchObject({
    completion: {
      ...{ promptTokens: 950, completionTokens: 5 },
      usage: {
        ...usage,
        prompt_tokens: 950,
        completion_tokens: 5,
        total_tokens: 955,
        prompt_tokens_details: { cached_tokens: 900 },
      },
    },
  });
});

test("its rate limits are read: input and output together, the reset as a moment", async () => {
  const reset = new Date(Date.now() + 30_000).toISOString();
  const limit = (name: string, of: number, left: number) => ({
    [`anthropic-ratelimit-${name}-limit`]: String(of),
    [`anthropic-ratelimit-${name}-remaining`]: String(left),
    [`anthropic-ratelimit-${name}-reset`]: reset,
  });
  const parts = {
    ...limit("requests", 50, 49),
    ...limit("input-tokens", 80_000, 79_000),
    ...limit("output-tokens", 16_000, 15_000),
  };
  await using server = await playAnthropic((_, call) =>
    messageOf("Yes.", {}, call === 1 ? parts : { ...parts, ...limit("tokens", 96_000, 90_000) }),
  );
  const bySum = (await ask(server.url, {}, CHAT)).limits;
  expect(bySum).toMatchObject({ requestsPerMinute: 50, tokensPerMinute: 96_000, remainingTokens: 94_000 });
  expect(bySum!.resetTokensMs).toBeGreaterThan(0);
  expect(bySum!.resetTokensMs).toBeLessThanOrEqual(30_000);
  expect((await ask(server.url, {}, CHAT)).limits).toMatchObject({
    tokensPerMinute: 96_000,
    remainingTokens: 90_000,
  });
});

const FAULTS: [HttpAnswer, Record<string, unknown>][] = [
  [errorOf(529, "overloaded_error", "Overloaded"), { kind: "retry", reason: "http_529" }],
  [errorOf(500, "api_error", "Internal server error"), { kind: "retry" }],
  [
    errorOf(
      429,
      "rate_limit_error",
      "This request would exceed your rate limit of 80,000 input tokens per minute.",
      { "retry-after": "7" },
    ),
    { kind: "wait", waitMs: 7_000, limit: "tokens" },
  ],
  [
    errorOf(429, "rate_limit_error", "Number of requests per minute exceeded."),
    { kind: "wait", limit: "requests" },
  ],
  [
    errorOf(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    {
      kind: "halt",
      state: "paused",
      code: "quota",
      message: expect.stringContaining("credit balance is too low"),
    },
  ],
  [errorOf(402, "billing_error", "Payment due."), { kind: "halt", state: "paused", code: "quota" }],
  [
    errorOf(401, "authentication_error", "invalid x-api-key"),
    { kind: "halt", state: "paused", code: "authentication" },
  ],
  [
    errorOf(404, "not_found_error", "model: claude-none"),
    { kind: "halt", state: "failed", code: "model_not_found" },
  ],
  [
    errorOf(413, "request_too_large", "Request exceeds the maximum size"),
    { kind: "row", reason: "request_too_large" },
  ],
  [
    errorOf(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    { kind: "row", reason: "context_length_exceeded" },
  ],
  [
    errorOf(400, "invalid_request_error", "messages.0.content: Field required"),
    { kind: "row", reason: "http_400" },
  ],
  [
    errorOf(400, "invalid_request_error", "seed: Extra inputs are not permitted"),
    { kind: "halt", state: "failed", code: "unsupported_parameter" },
  ],
];
test.each(FAULTS)("%j means what it says", async (answer, fault) => {
  await using server = await playAnthropic(() => answer);
  const { verdict } = await ask(server.url, {}, CHAT);
  expect(verdict).toMatchObject(fault);
});

test("a body that is no message is none, whatever it is", () => {
  for (const body of [
    null,
    [],
    "x",
    {},
    { content: "text" },
    { content: [null] },
    errorOf(529, "overloaded_error", "x").body,
  ])
    expect(verdictOfBody(body)).toMatchObject({ kind: "retry", reason: "garbage" });
});
