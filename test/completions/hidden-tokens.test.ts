import { expect, test } from "vitest";
import { completionOf, readCompletion } from "../../shared/providers/openai/read-completion.ts";
import { playCases, withoutCases } from "../support/shared-cases.ts";

const answer = (usage: unknown) =>
  completionOf({ choices: [{ message: { content: "hello" }, finish_reason: "stop" }], usage });

test.each([
  ["thoughts in the total alone", { prompt_tokens: 32, completion_tokens: 9, total_tokens: 10_041 }, 10_009],
  ["thoughts among the answer's", { prompt_tokens: 32, completion_tokens: 9, total_tokens: 41 }, 9],
  ["a total below its parts", { prompt_tokens: 32, completion_tokens: 9, total_tokens: 5 }, 9],
  ["no total", { prompt_tokens: 32, completion_tokens: 9 }, 9],
  ["a total that is no count", { prompt_tokens: 32, completion_tokens: 9, total_tokens: -7.5 }, 9],
  ["no count of the answer", { prompt_tokens: 32, total_tokens: 50 }, null],
])("an answer is charged for what it took beside its prompt: %s", (_name, usage, tokens) => {
  expect(answer(usage)!.completionTokens).toBe(tokens);
});

const skips = withoutCases();

test.skipIf(skips)("a provider that counts its thoughts in the total alone is paid for them", async () => {
  await using played = await playCases("chat");
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
  const url = `${played.url("hiddenreasoning")}/chat/completions`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(readCompletion(await response.text())).toMatchObject({
    promptTokens: 32,
    completionTokens: 10_009,
  });
});
