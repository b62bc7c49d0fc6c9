import fc from "fast-check";
import { expect, test } from "vitest";
import { tooManyBytes, tooManyTokens } from "../../services/dispatcher/budget/refusals.ts";
import { failedResult, goodResult, LARGEST_LINE_BYTES } from "../../shared/completions/result-line.ts";
import { verdictOf, verdictOfParsed } from "../../shared/completions/verdict.ts";
import { readCompletion } from "../../shared/providers/openai/read-completion.ts";
import { bodyStartOf } from "../../shared/providers/openai/request-body.ts";
import { openaiChat } from "../../shared/providers/openai-chat.ts";

const USED = { promptTokens: 7, completionTokens: 5 };
const body = (choices: unknown[], more: object = {}) => JSON.stringify({ model: "m", choices, ...more });
const choice = (content: unknown, finish_reason: unknown = "stop") => ({
  index: 0,
  message: { content },
  finish_reason,
});

test("every text goes through unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const completion = readCompletion(body([choice(text)]))!;
      const { line } = goodResult(3, completion, "m", 1, USED);
      expect(line).not.toMatch(/[\n\r]/);
      expect(JSON.parse(line).choices[0].text).toBe(text);
    }),
  );
});

test("whatever a server sends is a completion or undefined, never an exception", () => {
  fc.assert(fc.property(fc.json(), (text) => void readCompletion(text)));
  const near = fc.anything({
    key: fc.constantFrom("choices", "message", "content", "usage", "finish_reason", "refusal"),
    maxDepth: 5,
  });
  fc.assert(
    fc.property(
      near,
      (value) => void readCompletion(JSON.stringify({ choices: [value], ...(value as object) }) ?? ""),
    ),
  );
});

test.each([
  "",
  "[]",
  "null",
  '{"choices":[]}',
  '{"choices":[{"message":{"content":7}}]}',
  '{"choices":[{}]}',
  "<html>",
])("no completion: %s", (text) => {
  expect(readCompletion(text)).toBeUndefined();
});

test.each([-1, 1.5, 1e300, 1e9 + 1, "7", null, [3]])(
  "a figure of usage that is no count is not summed up, and stays as it was sent: %j",
  (figure) => {
    const usage = { prompt_tokens: figure, completion_tokens: 4 };
    const completion = readCompletion(body([choice("a")], { usage }))!;
    expect(completion).toMatchObject({ promptTokens: null, completionTokens: 4, usage });
  },
);

test("a refusal is kept with a text of null; usage stays as it was sent", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 1 } };
  const refusing = {
    index: 0,
    message: { content: null, refusal: "I cannot" },
    finish_reason: "stop",
    logprobs: null,
  };
  const { line, ...rest } = goodResult(9, readCompletion(body([refusing], { usage }))!, "m", 2, USED);
  expect(JSON.parse(line)).toEqual({
    row: 9,
    model: "m",
    usage,
    choices: [{ text: null, finish_reason: "stop", refusal: "I cannot", logprobs: null }],
    attempts: 2,
  });
  expect(rest).toEqual({ row: 9, ok: true, truncated: false, ...USED });
});

test("choices come in the order of their index, and one cut by length marks the row", () => {
  const two = [{ ...choice("b", "length"), index: 1 }, choice("a")];
  const result = goodResult(0, readCompletion(body(two))!, "asked", 1, USED);
  expect(JSON.parse(result.line).choices.map(({ text }: { text: string }) => text)).toEqual(["a", "b"]);
  expect(result.truncated).toBe(true);
});

test("usage that is missing is null in the line", () => {
  const completion = readCompletion(body([choice("a")]))!;
  expect([completion.usage, completion.promptTokens, completion.completionTokens]).toEqual([
    null,
    null,
    null,
  ]);
});

test("an answer that no message could carry becomes a failure that says so", () => {
  const completion = readCompletion(body([choice("x".repeat(LARGEST_LINE_BYTES))]))!;
  const result = goodResult(4, completion, "m", 1, USED);
  expect(result.ok).toBe(false);
  expect(JSON.parse(result.line)).toMatchObject({ row: 4, reason: "result_too_large" });
  expect(JSON.parse(result.line).message).toMatch(/7\.5 MB/);
});

test("a finish reason that is not accepted is asked again, but its tokens are known", () => {
  const answered = {
    status: 200,
    header: () => undefined,
    body: body([choice("", "content_filter")]),
  };
  const verdict = verdictOf(openaiChat, answered, ["content_filter"]);
  expect(verdict).toMatchObject({ kind: "not_kept", fault: { reason: "finish_reason" } });
  expect(verdict.kind === "not_kept" && verdict.fault.message).toContain("content_filter");
  expect(verdictOf(openaiChat, answered, []).kind).toBe("kept");
});

test("a failure's line holds row, reason, message and attempts", () => {
  const { line } = failedResult(5, "http_500", "It broke.", 3, USED);
  expect(JSON.parse(line)).toEqual({ row: 5, reason: "http_500", message: "It broke.", attempts: 3 });
});

test("messages are spliced into the body as the text that they are", () => {
  const messages = '[{"role":"user","content":"a\\u00e9 \\ud83d"}]';
  expect(`${bodyStartOf({ model: "m", n: 2 })}${messages}}`).toBe(
    `{"model":"m","n":2,"messages":${messages}}`,
  );
  expect(`${bodyStartOf({})}[]}`).toBe('{"messages":[]}');
});

test("what could never be let through is refused by name, with the numbers and the way out", () => {
  expect(tooManyTokens(100, { choices: 2, maxTokens: 1_000 }, 2_100)).toBeUndefined();
  expect(tooManyTokens(101, { choices: 2, maxTokens: 1_000 }, 2_100)).toMatch(
    /2101 tokens.*2 x 1000.*2100 tokens a minute.*max_tokens/,
  );
  expect(tooManyTokens(2_100, undefined, 2_100)).toBeUndefined();
  expect(tooManyTokens(2_101, undefined, 2_100)).toMatch(/2101 tokens \(its prompt alone\)/);
  expect(tooManyTokens(1e9, { choices: 1, maxTokens: 1 }, "unlimited")).toBeUndefined();
  expect(tooManyBytes("é".repeat(2 * 1024 * 1024))).toBeUndefined();
  expect(tooManyBytes("é".repeat(2 * 1024 * 1024 + 1))).toMatch(/4\.0 MB/);
});

test.each<[status: number, body: unknown]>([
  [200, { choices: [choice("text")] }],
  [200, { choices: [choice("", "content_filter")] }],
  [200, null],
  [200, { error: { message: "Oops", code: "500" } }],
  [400, { error: { message: "No such thing.", code: "invalid_prompt" } }],
  [429, { error: { message: "Later.", code: "rate_limit_exceeded" } }],
  [500, null],
])("status %i with %j means the same whether its text or what it says is given", (status, parsed) => {
  const answer = { status, header: () => undefined, body: JSON.stringify(parsed) };
  expect(verdictOfParsed(openaiChat, status, parsed, ["content_filter"])).toEqual(
    verdictOf(openaiChat, answer, ["content_filter"]),
  );
});
