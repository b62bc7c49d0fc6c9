import OpenAI from "openai";
import { expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import type { PartialOptions } from "../../services/openai-simulator/options.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { chatBody } from "./chat-bodies.ts";

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;

async function startWithClient(
  options: PartialOptions = {},
  client: { apiKey?: string; maxRetries?: number } = {},
) {
  const simulator = await startSimulator(options);
  const openai = new OpenAI({ baseURL: simulator.url, apiKey: "sk-test", maxRetries: 0, ...client });
  const ask = (content: string, more: Record<string, unknown> = {}) =>
    openai.chat.completions.create(chatBody(content, more) as Params);
  return { simulator, openai, ask, [Symbol.asyncDispose]: simulator.close };
}

test("the client parses completions, whose answers can be foretold", async () => {
  await using started = await startWithClient();
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Why is the sky blue? ☃" },
  ];
  const completion = await started.ask("", { messages, n: 3, max_tokens: 2048 });
  expect(completion).toMatchObject({ object: "chat.completion", model: "gpt-4o-mini" });
  expect(completion.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  for (const { index, message, finish_reason, logprobs } of completion.choices) {
    expect(message).toMatchObject({ role: "assistant", refusal: null });
    expect(message.content).toBe(answerFor(chatBody("", { messages }), index));
    expect([finish_reason, logprobs]).toEqual(["stop", null]);
  }
  const { prompt_tokens, completion_tokens, total_tokens } = completion.usage!;
  expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  expect(completion._request_id).toMatch(/^req_sim/);
});

test("logprobs cover the whole answer and hold as many alternatives as asked for", async () => {
  await using started = await startWithClient();
  const { choices } = await started.ask("Say something.", { logprobs: true, top_logprobs: 3 });
  const content = choices[0]!.logprobs!.content!;
  expect(content.map(({ token }) => token).join("")).toBe(choices[0]!.message.content);
  for (const { top_logprobs, logprob } of content) {
    expect(top_logprobs).toHaveLength(3);
    expect(top_logprobs[0]!.logprob).toBe(logprob);
  }
});

test("the client lists models and retrieves one", async () => {
  await using started = await startWithClient({ models: ["gpt-4o", "o3"] });
  const { data } = await started.openai.models.list();
  expect(data.map(({ id }) => id)).toEqual(["gpt-4o", "o3"]);
  expect((await started.openai.models.retrieve("o3")).id).toBe("o3");
  await expect(started.openai.models.retrieve("gpt-9")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test("an unknown model is a NotFoundError with the provider's code", async () => {
  await using started = await startWithClient({ models: ["gpt-4o"] });
  await expect(started.ask("x")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  await expect(started.ask("x")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test("a wrong key is an AuthenticationError, and the key is not repeated whole", async () => {
  await using started = await startWithClient({ apiKeys: ["sk-right"] }, { apiKey: "sk-very-wrong-key" });
  const error = await started.ask("x").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: "invalid_api_key" });
  expect(String(error)).not.toContain("sk-very-wrong-key");
  await expect(started.openai.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

test("a wrong parameter is a BadRequestError that names it", async () => {
  await using started = await startWithClient();
  const refused = started.ask("x", { model: "o3-mini", max_tokens: 5 });
  const error = await refused.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({
    param: "max_tokens",
    code: "unsupported_parameter",
    type: "invalid_request_error",
  });
});

test("a prompt over the context length is a BadRequestError", async () => {
  await using started = await startWithClient({ contextTokens: 100 });
  const refused = started.ask("word ".repeat(200));
  await expect(refused).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
  await expect(started.ask("x", { max_tokens: 99 })).rejects.toMatchObject({
    code: "context_length_exceeded",
  });
});

test("a passed limit is a RateLimitError with Retry-After", async () => {
  await using started = await startWithClient({ requestsPerMinute: 30 });
  await started.ask("x");
  const error = await started.ask("x").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "requests" });
  const { headers } = error as InstanceType<typeof OpenAI.RateLimitError>;
  expect(headers.get("retry-after")).toBe("2");
  expect(Number(headers.get("retry-after-ms"))).toBeLessThanOrEqual(2000);
  expect(headers.get("x-ratelimit-remaining-requests")).toBe("0");
});

test("a client that heeds Retry-After gets through", async () => {
  await using started = await startWithClient(
    { requestsPerMinute: 600, burstSeconds: 0.1 },
    { maxRetries: 10 },
  );
  await Promise.all([started.ask("a"), started.ask("b"), started.ask("c")]);
  expect(started.simulator.stats().paidCalls).toBe(3);
});

test.each([
  ["500", OpenAI.InternalServerError, { status: 500, type: "server_error" }],
  ["503", OpenAI.InternalServerError, { status: 503, type: "server_error" }],
  ["429", OpenAI.RateLimitError, { status: 429, code: "rate_limit_exceeded" }],
  ["400", OpenAI.BadRequestError, { status: 400, code: "invalid_prompt" }],
  ["insufficient_quota", OpenAI.RateLimitError, { status: 429, code: "insufficient_quota" }],
  ["reset", OpenAI.APIConnectionError, {}],
] as const)("an injected %s is what the client knows it as", async (fault, expected, fields) => {
  await using started = await startWithClient({ faults: { [fault]: 1 } });
  const error = await started.ask("x").catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject(fields);
  const { injected, paidCalls } = started.simulator.stats();
  expect([injected, paidCalls]).toEqual([{ [fault]: 1 }, 0]);
});

test("a hang is never answered, and ends with its client", async () => {
  await using started = await startWithClient({ faults: { hang: 1 } });
  const hanging = started.openai.chat.completions.create(chatBody("x") as Params, { timeout: 200 });
  await expect(hanging).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  await expect.poll(() => started.simulator.stats().inFlight).toBe(0);
  expect(started.simulator.stats()).toMatchObject({ paidCalls: 0, injected: { hang: 1 }, maxInFlight: 1 });
});
