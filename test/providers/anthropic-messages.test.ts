import { expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { verdictOf } from "../../shared/completions/verdict.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { anthropicMessages } from "../../shared/providers/anthropic-messages.ts";
import { callAddress } from "../../shared/providers/call-address.ts";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { ANTHROPIC_KEY, errorOf, messageOf, playAnthropic } from "../support/played-anthropic.ts";
import type { HttpAnswer } from "../support/played-http.ts";

/** An annotator of a played server, or of the real address where no URL is given. */
function annotatorAt(url?: string, more = "") {
  using files = annotatorsFiles();
  const place = url === undefined ? "" : `base_url: ${url}, key_variable: ANTHROPIC_API_KEY, `;
  const file = files.put(
    `annotators:\n  claude: {provider: anthropic-messages, ${place}model: claude-test${more}}\n`,
  );
  return loadRegistry({ file }).resolve("claude");
}

/** Asks a server once, as a job and a preview do. */
async function ask(url: string, given: Record<string, unknown>, messages: unknown[]) {
  const annotator = annotatorAt(url);
  const { params, given: names } = parseSampling(given);
  const body = anthropicMessages.bodies(buildRequest(annotator, params, names))(JSON.stringify(messages));
  if (typeof body !== "string") return { unsayable: body.unsayable };
  const { url: address, headers } = callAddress(annotator, ANTHROPIC_KEY);
  const response = await fetch(address, { method: "POST", headers, body });
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const answer = { status: response.status, header, body: await response.text() };
  return { verdict: verdictOf(anthropicMessages, answer, []), limits: anthropicMessages.readLimits(header) };
}

const CHAT = [{ role: "user", content: "Hello?" }];
const verdictOfBody = (body: unknown, status = 200) =>
  verdictOf(anthropicMessages, { status, header: () => undefined, body: JSON.stringify(body) }, []);

test("without an address an entry means Anthropic's own, with its key's variable", () => {
  const known = {
    baseUrl: "https://api.anthropic.com/v1",
    keyVariable: "ANTHROPIC_API_KEY",
    provider: "anthropic",
  };
  expect(annotatorAt()).toMatchObject({ ...known, dialect: "anthropic-messages", charges: "usage" });
  using files = annotatorsFiles();
  const file = files.put("annotators:\n  claude: {provider: anthropic, model: claude-test}\n");
  expect(loadRegistry({ file }).resolve("claude")).toEqual(annotatorAt());
  expect(callAddress(annotatorAt(), "k").url.href).toBe("https://api.anthropic.com/v1/messages");
});

test("a request goes out in the words of the Messages API, and its answer comes back as a completion", async () => {
  await using server = await playAnthropic();
  const chat = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello?" },
    { role: "assistant", content: "Yes." },
    {
      role: "user",
      content: [
        { type: "text", text: "Look:" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      ],
    },
  ];
  const given = { temperature: 0.5, top_p: 0.9, top_k: 5, stop: ["END"], max_tokens: 30 };
  const { verdict } = await ask(
    server.url,
    { ...given, extra_body: { thinking: { type: "enabled", budget_tokens: 1024 } } },
    chat,
  );
  expect(server.requests).toEqual([
    {
      ...{
        model: "claude-test",
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        stop_sequences: ["END"],
        max_tokens: 30,
      },
      ...{ thinking: { type: "enabled", budget_tokens: 1024 }, system: "Be brief." },
      messages: [
        { role: "user", content: "Hello?" },
        { role: "assistant", content: "Yes." },
        {
          role: "user",
          content: [
            { type: "text", text: "Look:" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          ],
        },
      ],
    },
  ]);
  expect(verdict).toMatchObject({
    kind: "kept",
    completion: {
      model: "claude-test-20250101",
      promptTokens: 12,
      completionTokens: 7,
      choices: [{ finish_reason: "stop" }],
    },
  });
});

test("only what was given is sent", async () => {
  await using server = await playAnthropic();
  await ask(server.url, {}, CHAT);
  expect(server.requests).toEqual([{ model: "claude-test", max_tokens: 2048, messages: CHAT }]);
});

test("tools, their calls and their results are said in its words", async () => {
  await using server = await playAnthropic(() =>
    messageOf(
      [
        { type: "thinking", thinking: "Hm.", signature: "s" },
        { type: "tool_use", id: "t2", name: "sum", input: { a: 1 } },
      ],
      { stop_reason: "tool_use" },
    ),
  );
  const call = { id: "t1", type: "function", function: { name: "sum", arguments: '{"a":2}' } };
  const chat = [
    ...CHAT,
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: "t1", content: "4" },
    { role: "tool", tool_call_id: "t1b", content: "5" },
  ];
  const tools = [{ type: "function", function: { name: "sum", parameters: { type: "object" } } }];
  const { verdict } = await ask(server.url, { extra_body: { tools, tool_choice: "required" } }, chat);
  expect(server.requests[0]).toMatchObject({
    tools: [{ name: "sum", input_schema: { type: "object" } }],
    tool_choice: { type: "any" },
    messages: [
      ...CHAT,
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "sum", input: { a: 2 } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: "4" },
          { type: "tool_result", tool_use_id: "t1b", content: "5" },
        ],
      },
    ],
  });
  const { choices } = (verdict as Extract<typeof verdict, { kind: "kept" }>).completion;
  expect(choices).toEqual([
    {
      ...{ text: null, finish_reason: "tool_calls", refusal: null, logprobs: null, reasoning: "Hm." },
      tool_calls: [{ id: "t2", type: "function", function: { name: "sum", arguments: '{"a":1}' } }],
    },
  ]);
});

test("a schema that is asked for goes out as its own output format", async () => {
  await using server = await playAnthropic();
  const schema = { type: "object", properties: {} };
  const response_format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
  await ask(server.url, { extra_body: { response_format } }, CHAT);
  expect(server.requests[0]!.output_config).toEqual({ format: { type: "json_schema", schema } });
  await expect(
    ask(server.url, { extra_body: { response_format: { type: "json_object" } } }, CHAT),
  ).rejects.toThrow(/claude has no response_format json_object: give a JSON schema/);
});

test.each([
  "n",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "logprobs",
  "min_p",
  "repetition_penalty",
])("%s is refused by name before anything is paid", (name) => {
  const values: Record<string, unknown> = { logit_bias: { "5": 1 }, logprobs: true };
  const { params, given } = parseSampling({ [name]: values[name] ?? (name === "min_p" ? 0.5 : 2) });
  expect(() => buildRequest(annotatorAt(), params, given)).toThrow(
    new RegExp(`claude does not take ${name}`),
  );
});

test("a temperature above 1 and members of other providers are refused by name, too", () => {
  const of = (input: Record<string, unknown>) => {
    const { params, given } = parseSampling(input);
    return () => buildRequest(annotatorAt(), params, given);
  };
  expect(of({ temperature: 1.5 })).toThrow(/claude takes a temperature from 0 to 1, not 1.5/);
  expect(of({ extra_body: { seed: 1 } })).toThrow(/claude does not take seed/);
  expect(of({ temperature: 1, n: 1 })).not.toThrow();
});

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
