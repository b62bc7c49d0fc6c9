import { expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { callAddress } from "../../shared/providers/call-address.ts";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { messageOf, playAnthropic } from "../support/played-anthropic.ts";
import { annotatorAt, ask } from "./ask-anthropic.ts";

const CHAT = [{ role: "user", content: "Hello?" }];

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
