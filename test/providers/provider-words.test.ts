import fc from "fast-check";
import { expect, test } from "vitest";
import { verdictOf } from "../../shared/completions/verdict.ts";
import { classify } from "../../shared/providers/faults/classify-answer.ts";
import { wordsOf } from "../../shared/providers/faults/provider-words.ts";
import { openaiChat } from "../../shared/providers/openai-chat.ts";

const faultOf = (status: number, body: unknown) =>
  classify({ status, header: () => undefined, body: typeof body === "string" ? body : JSON.stringify(body) });

const detail = [
  { type: "extra_forbidden", loc: ["body", "seed"], msg: "Extra inputs are not permitted", input: 42 },
];
test.each<[what: string, body: unknown, words: string]>([
  ["OpenAI's", { error: { message: "Bad.", code: "x" } }, "Bad."],
  ["a text as error", { error: "Bad." }, "Bad."],
  ["a list", [{ error: { code: 400, message: "Empty text.", status: "INVALID_ARGUMENT" } }], "Empty text."],
  ["details of a validation", { detail }, "seed: Extra inputs are not permitted"],
  [
    "details within the message",
    { object: "error", message: { detail }, code: null },
    "seed: Extra inputs are not permitted",
  ],
  [
    "a provider behind the provider",
    {
      error: {
        message: "Provider returned error",
        metadata: { raw: '{"error":{"message":"max_tokens is too large"}}' },
      },
    },
    "Provider returned error: max_tokens is too large",
  ],
  ["Anthropic's", { type: "error", error: { type: "invalid_request_error", message: "Bad." } }, "Bad."],
  [
    "a page",
    "<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>",
    "502 Bad Gateway",
  ],
  ["what a terminal would obey", { error: { message: "a\u001b[31mred\u001b[0m\nb" } }, "a [31mred [0m b"],
  ["nothing", {}, ""],
])("%s words are found", (_what, body, words) => {
  expect(wordsOf(typeof body === "string" ? body : JSON.stringify(body)).message).toBe(words);
});

test("whatever a server sends has a fault, and words of bounded length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
      expect(faultOf(status, body).message.length).toBeLessThan(700);
    }),
  );
});

test.each<[what: string, status: number, body: unknown]>([
  ["a credit balance", 400, { error: { message: "Your credit balance is too low to access the API." } }],
  [
    "a code of its own",
    429,
    { error: { code: "1113", message: "Your account has insufficient balance. Please recharge." } },
  ],
  ["a type of its own", 429, { error: { type: "insufficient_quota_error", message: "Quota." } }],
  ["payment required", 402, { error: { message: "Pay." } }],
  [
    "credits that are used",
    403,
    {
      code: "No permission",
      error: "Your team has either used all available credits or reached its monthly spending limit.",
    },
  ],
  [
    "OpenAI's words without a code",
    429,
    { error: { message: "You exceeded your current quota, please check your plan and billing details." } },
  ],
])("an account that has nothing left is told by %s", (_what, status, body) => {
  expect(faultOf(status, body)).toMatchObject({ kind: "halt", state: "paused", code: "quota" });
});

test("a minute's quota that says when to come again is waited for", () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "6s" }];
  const message =
    "You exceeded your current quota, please check your plan and billing details. Please retry in 6.4s.";
  expect(
    faultOf(429, [{ error: { code: 429, message, status: "RESOURCE_EXHAUSTED", details } }]),
  ).toMatchObject({
    kind: "wait",
    waitMs: 6_000,
  });
});

test.each([0, 408, 424, 498, 499, 503, 529])("status %i passes", (status) => {
  expect(faultOf(status, "")).toMatchObject({ kind: "retry", reason: `http_${status}` });
});

test.each<[what: string, choice: object, message: RegExp]>([
  [
    "an error beside the choice",
    { finish_reason: "error", error: { code: 502, message: "Upstream dropped" } },
    /broke off its answer: Upstream dropped\./,
  ],
  [
    "the finish reason alone",
    { finish_reason: "insufficient_system_resource" },
    /insufficient_system_resource/,
  ],
])(
  "an answer that the provider broke off, as %s says, is asked again, but its tokens are known",
  (_what, choice, message) => {
    const body = JSON.stringify({
      choices: [{ index: 0, message: { content: "partial" }, ...choice }],
      usage: { prompt_tokens: 10, completion_tokens: 5 },
    });
    const verdict = verdictOf(openaiChat, { status: 200, header: () => undefined, body }, []);
    expect(verdict).toMatchObject({
      kind: "not_kept",
      completion: { promptTokens: 10, completionTokens: 5 },
      fault: { kind: "retry", reason: "broken_off", message: expect.stringMatching(message) },
    });
  },
);
