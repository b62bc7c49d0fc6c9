import { expect, test } from "vitest";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { startDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import { ANTHROPIC_KEY, errorOf, messageOf, playAnthropic } from "../support/played-anthropic.ts";
import { playCoordinator } from "../support/played-coordinator.ts";
import { playHttp } from "../support/played-http.ts";
import { completionOf } from "../support/provider.ts";
import { until } from "../support/until.ts";

test("a job's rows are called at Anthropic and at Azure in the words of each", async () => {
  await using anthropic = await playAnthropic((request, call) => {
    if (call === 2) return errorOf(529, "overloaded_error", "Overloaded");
    return messageOf(`Answer to ${request.messages[0]!.content}`);
  });
  await using azure = await playHttp(() => completionOf("Yes."));
  using files = annotatorsFiles();
  const annotators = files.put(`annotators:
  claude: {provider: anthropic-messages, base_url: ${anthropic.url}, key_variable: ANTHROPIC_API_KEY, model: claude-test}
  azure: {provider: azure-openai, base_url: ${azure.origin}, key_variable: AZURE_KEY, model: dep, api_version: v9}
`);
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using dispatcher = await startDispatcher(nats, {
    ...{ ASSAY_ANNOTATORS: annotators, ANTHROPIC_API_KEY: ANTHROPIC_KEY, AZURE_KEY: "azure-key" },
  });
  const chat = (row: number) =>
    JSON.stringify([
      { role: "system", content: "Be brief." },
      { role: row === 3 ? "robot" : "user", content: `row ${row}` },
    ]);
  const request = { model: "claude-test", max_tokens: 9 };
  const claude = await coordinator.job({ annotator: "claude", route: "claude", request });
  await claude.feed(0, 4, { messages: chat });
  const other = await coordinator.job({
    annotator: "azure",
    route: "azure",
    request: { ...request, model: "dep" },
  });
  await other.feed(0, 1, { messages: chat });
  await until("all rows have a result", () => claude.done.size === 4 && other.done.size === 1, {
    seen: () => [claude.done.size, claude.halts, other.done.size, other.halts, dispatcher.log().slice(-2000)],
  });
  const lineOf = (row: number) => JSON.parse(claude.done.get(row)!.line);
  expect(lineOf(0)).toMatchObject({
    ...{ row: 0, model: "claude-test-20250101", usage: { prompt_tokens: 12, completion_tokens: 7 } },
    choices: [{ text: "Answer to row 0", finish_reason: "stop" }],
  });
  expect(lineOf(3)).toMatchObject({ reason: "unsayable", message: 'The Messages API has no role "robot".' });
  expect([0, 1, 2].map((row) => lineOf(row).attempts).toSorted()).toEqual([1, 1, 2]);
  expect(anthropic.requests).toHaveLength(4);
  expect(anthropic.requests[0]).toMatchObject({ system: "Be brief.", max_tokens: 9 });
  expect(azure.calls.map(({ path }) => path)).toEqual([
    "/openai/deployments/dep/chat/completions?api-version=v9",
  ]);
  expect(JSON.parse(other.done.get(0)!.line).choices[0].text).toBe("Yes.");
  expect(dispatcher.log()).not.toContain("azure-key");
});
