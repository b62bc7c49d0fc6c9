import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type CallOutcome, openChatClient } from "../../services/dispatcher/calling/chat-client.ts";
import { readCompletion } from "../../shared/providers/openai/read-completion.ts";
import { playHttp } from "../support/played-http.ts";

const events = (...all: (object | string)[]) =>
  all.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
const piece = (delta: object, more: object = {}) => ({ choices: [{ index: 0, delta, ...more }] });
const choicesOf = (body: string) => readCompletion(body)?.choices;

describe("a stream of events is put together", () => {
  test("text, thoughts, logprobs and usage come in pieces", () => {
    const body = events(
      piece({ role: "assistant", content: "" }),
      piece({ reasoning_content: "h" }),
      piece({ reasoning_content: "m" }),
      piece({ content: "one " }, { logprobs: { content: [{ token: "one" }] } }),
      piece({ content: "two" }, { logprobs: { content: [{ token: "two" }] } }),
      piece({}, { finish_reason: "stop" }),
      { model: "m", choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } },
      "[DONE]",
    );
    expect(readCompletion(body)).toMatchObject({
      model: "m",
      ...{ promptTokens: 3, completionTokens: 4 },
      choices: [
        {
          ...{ text: "one two", reasoning: "hm", finish_reason: "stop" },
          logprobs: { content: [{ token: "one" }, { token: "two" }] },
        },
      ],
    });
  });

  test("choices by their numbers, and calls of tools with their arguments", () => {
    const call = (index: number, more: object) => piece({ tool_calls: [{ index, ...more }] });
    const body = events(
      { choices: [{ index: 1, delta: { content: "second" }, finish_reason: "stop" }] },
      call(0, { id: "c1", type: "function", function: { name: "f", arguments: '{"a"' } }),
      call(0, { function: { arguments: ":1}" } }),
      piece({}, { finish_reason: "tool_calls" }),
      "[DONE]",
    );
    expect(choicesOf(body)).toMatchObject([
      {
        text: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
      { text: "second" },
    ]);
  });

  test("comments and other fields of events are passed over, lines may end by CR LF", () => {
    const body = `: hello\r\n\r\nevent: message\r\nid: 7\r\ndata: ${JSON.stringify(piece({ content: "a" }, { finish_reason: "stop" }))}\r\n\r\n`;
    expect(choicesOf(body)).toMatchObject([{ text: "a", finish_reason: "stop" }]);
  });

  test("one that breaks off is no answer; an error in it is told", () => {
    expect(readCompletion(events(piece({ content: "a" })))).toBeUndefined();
    expect(readCompletion(`${events(piece({ content: "a" }))}data: {"choi`)).toBeUndefined();
    expect(readCompletion(events({ error: { message: "no" } }))).toBeUndefined();
    const late = events(piece({ content: "a" }), { error: { message: "overloaded" } });
    expect(readCompletion(late)).toMatchObject({ brokenOff: expect.stringContaining("overloaded") });
  });
});

test.each([
  ["a byte order mark", "\uFEFF"],
  ["comment lines", ": keep-alive\n\n: keep-alive\n"],
  ["white space", " \n\n"],
])("%s before the answer is none of it", (_, before) => {
  const body = JSON.stringify({ choices: [{ message: { content: ": \uFEFFa" }, finish_reason: "stop" }] });
  expect(choicesOf(before + body)).toMatchObject([{ text: ": \uFEFFa" }]);
});

test("numbers that are none become null; the same words in texts stay", () => {
  const body =
    '{"choices":[{"message":{"content":"NaN, -Infinity and \\"inf\\""},"logprobs":{"content":[{"logprob":-Infinity},{"logprob":NaN}]}}]}';
  expect(choicesOf(body)).toMatchObject([
    { text: 'NaN, -Infinity and "inf"', logprobs: { content: [{ logprob: null }, { logprob: null }] } },
  ]);
});

describe("a packed answer is unpacked", () => {
  const text = JSON.stringify({ text: "ü".repeat(1000) });
  const packed: [name: string, bytes: Buffer, encoding?: string][] = [
    ["gzip", gzipSync(text), "gzip"],
    ["gzip without a word", gzipSync(text)],
    ["deflate", deflateSync(text), "deflate"],
    ["br", brotliCompressSync(text), "BR"],
    ["zstd", zstdCompressSync(text), "zstd"],
  ];
  const answerOf = async (bytes: Buffer, encoding: string | undefined) => {
    await using server = await playHttp(() => ({
      headers: encoding === undefined ? {} : { "content-encoding": encoding },
      body: bytes,
    }));
    const client = openChatClient();
    try {
      const endpoint = { origin: server.origin, path: "/", headers: [], secrets: [] };
      return await new Promise<CallOutcome>((resolve) => void client.send(endpoint, "{}", resolve));
    } finally {
      await client.close();
    }
  };

  test.each(packed)("%s", async (_, bytes, encoding) => {
    expect(await answerOf(bytes, encoding)).toMatchObject({ answered: true, status: 200, body: text });
  });

  test("one that is cut off, or grows beyond all bounds, is a fault", async () => {
    const cut = gzipSync(text).subarray(0, 20);
    expect(await answerOf(cut, "gzip")).toMatchObject({ answered: false, code: "packed" });
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    expect(await answerOf(bomb, "gzip")).toMatchObject({ answered: false, code: "packed" });
  });
});
