import { expect, test } from "vitest";
import type { Answer } from "../../shared/completions/fault.ts";
import { classifyNetwork } from "../../shared/completions/network-fault.ts";
import { classify, classifyGarbage } from "../../shared/providers/faults/classify-answer.ts";

const answer = (
  status: number,
  error: Record<string, unknown> | string,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  header: (name) => headers[name],
  body: typeof error === "string" ? error : JSON.stringify({ error }),
});

const CASES: [what: string, answer: Answer, expected: Record<string, unknown>][] = [
  [
    "a refused key",
    answer(401, { message: "Incorrect API key", code: "invalid_api_key" }),
    { kind: "halt", state: "paused", code: "authentication" },
  ],
  [
    "a forbidden region",
    answer(403, { message: "Not here" }),
    { kind: "halt", state: "paused", code: "authentication" },
  ],
  [
    "a quota that ended",
    answer(
      429,
      { message: "Quota", code: "insufficient_quota", type: "insufficient_quota" },
      { "retry-after": "1" },
    ),
    { kind: "halt", state: "paused", code: "quota" },
  ],
  [
    "a quota told by type alone",
    answer(429, { message: "Quota", type: "insufficient_quota" }),
    { kind: "halt", code: "quota" },
  ],
  [
    "money that ended",
    answer(402, { message: "Insufficient balance" }),
    { kind: "halt", state: "paused", code: "quota" },
  ],
  [
    "an unknown model",
    answer(404, { message: "No such model", code: "model_not_found" }),
    { kind: "halt", state: "failed", code: "model_not_found" },
  ],
  [
    "a wrong address",
    answer(404, "<html>nginx</html>"),
    { kind: "halt", state: "failed", code: "model_not_found" },
  ],
  [
    "a parameter the model does not take",
    answer(400, { message: "Unsupported", code: "unsupported_parameter", param: "seed" }),
    { kind: "halt", state: "failed", code: "unsupported_parameter" },
  ],
  [
    "a value the model does not take",
    answer(400, { message: "Unsupported", code: "unsupported_value" }),
    { kind: "halt", state: "failed", code: "unsupported_value" },
  ],
  [
    "a prompt that is too long",
    answer(400, { message: "too long", code: "context_length_exceeded" }),
    { kind: "row", reason: "context_length_exceeded" },
  ],
  ["a bad request without a code", answer(400, { message: "bad" }), { kind: "row", reason: "http_400" }],
  ["a body that is too large", answer(413, ""), { kind: "row", reason: "http_413" }],
  ["an input that is not understood", answer(422, { detail: "no" }), { kind: "row", reason: "http_422" }],
  ["a redirect", answer(302, ""), { kind: "halt", state: "failed", code: "redirect" }],
  [
    "a token limit",
    answer(
      429,
      { message: "Rate limit on tokens per min (TPM)", type: "tokens", code: "rate_limit_exceeded" },
      { "retry-after-ms": "120", "retry-after": "1" },
    ),
    { kind: "wait", waitMs: 120, limit: "tokens" },
  ],
  [
    "a request limit",
    answer(
      429,
      { message: "Rate limit on requests per min (RPM)", type: "requests" },
      { "retry-after": "2" },
    ),
    { kind: "wait", waitMs: 2_000, limit: "requests" },
  ],
  ["a refusal that names nothing", answer(429, ""), { kind: "wait", waitMs: null, limit: null }],
  [
    "a request that no waiting helps",
    answer(429, {
      message: "Request too large for m on tokens per min (TPM): Limit 10, Requested 20.",
      type: "tokens",
    }),
    { kind: "row", reason: "request_too_large" },
  ],
  ["a timeout of the server", answer(408, ""), { kind: "retry", reason: "http_408" }],
  ["a conflict", answer(409, ""), { kind: "retry", reason: "http_409" }],
  [
    "a fault of the server",
    answer(500, { message: "oops" }),
    { kind: "retry", reason: "http_500", waitMs: null },
  ],
  [
    "an overloaded server that names a time",
    answer(503, "", { "retry-after": "3" }),
    { kind: "retry", reason: "http_503", waitMs: 3_000 },
  ],
  ["an overloaded server of another kind", answer(529, "overloaded"), { kind: "retry", reason: "http_529" }],
];

test.each(CASES)("%s", (_, given, expected) => {
  expect(classify(given)).toMatchObject(expected);
});

test("the provider's message is quoted on one line and cut", () => {
  const fault = classify(answer(400, { message: `line one\nline two ${"x".repeat(2_000)}` }));
  expect(fault.message).toMatch(/^The provider answers 400: line one line two x+\.$/);
  expect(fault.message.length).toBeLessThan(600);
});

test.each([
  ["The model does not exist", "The provider answers 404: The model does not exist."],
  ["No such model. Which one?", "The provider answers 404: No such model. Which one?"],
])("what the provider says is a sentence, whose way out is the next one: %s", (message, sentence) => {
  expect(classify(answer(404, { message })).message).toBe(sentence);
});

test("an error page is reduced to its text", () => {
  const { message } = classify(answer(502, "<html><h1>Bad gateway</h1></html>"));
  expect(message).toContain("Bad gateway");
  expect(message).not.toContain("<");
});

test("a 200 that is no completion is garbage, unless it carries an error with a status", () => {
  expect(classifyGarbage("<html>")).toMatchObject({ kind: "retry", reason: "garbage" });
  expect(classifyGarbage('{"error":{"message":"slow down","code":429}}')).toMatchObject({ kind: "wait" });
  expect(classifyGarbage('{"error":{"message":"odd","code":"strange"}}')).toMatchObject({
    kind: "retry",
    reason: "garbage",
  });
});

test.each([
  [{ code: "ECONNREFUSED", message: "connect" }, "connection_refused"],
  [{ code: "ECONNRESET", message: "read" }, "reset"],
  [{ code: "UND_ERR_SOCKET", message: "other side closed" }, "reset"],
  [{ code: "timeout", message: "timeout after 5 ms" }, "timeout"],
  [{ code: "UND_ERR_CONNECT_TIMEOUT", message: "Connect Timeout Error" }, "timeout"],
  [{ code: "ENOTFOUND", message: "getaddrinfo" }, "name_not_found"],
  [{ code: "DEPTH_ZERO_SELF_SIGNED_CERT", message: "self-signed certificate" }, "tls"],
  [{ code: undefined, message: "strange" }, "network"],
])("without an answer: %o", (error, reason) => {
  expect(classifyNetwork(error)).toMatchObject({ kind: "retry", reason });
});
