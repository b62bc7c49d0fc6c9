import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ANTHROPIC_KEY, messageOf, playAnthropic } from "../support/played-anthropic.ts";
import { workplace } from "./assay.ts";

test("a preview and a dry run speak to a provider in its own words", async () => {
  await using server = await playAnthropic(({ messages }) => messageOf(`Heard: ${messages[0]!.content}`));
  await using place = workplace({ ANTHROPIC_API_KEY: ANTHROPIC_KEY });
  writeFileSync(place.at("rows.jsonl"), '{"question": "One?", "answer": "1"}\n');
  writeFileSync(
    place.at("annotators.yaml"),
    `annotators:\n  claude: {provider: anthropic-messages, base_url: "${server.url}", key_variable: ANTHROPIC_API_KEY, model: claude-test}\n`,
  );
  place.env.ASSAY_ANNOTATORS = place.at("annotators.yaml");
  const job = ["reannotate", "--dataset", "rows.jsonl", "--annotator", "claude", "--max_tokens", "9"];
  const body = { model: "claude-test", max_tokens: 9, messages: [{ role: "user", content: "One?" }] };
  const dry = await place.run(...job, "--dry_run");
  expect([dry.stderr, JSON.parse(dry.stdout)]).toEqual(["", body]);
  const shown = await place.run(...job, "--preview", "1", "--json");
  expect(JSON.parse(shown.stdout).answers).toEqual(["Heard: One?"]);
  expect(server.requests).toEqual([body]);
  const refused = await place.run(...job, "--preview", "1", "--seed", "7");
  expect(refused.stderr).toContain("claude does not take seed");
  place.env.ANTHROPIC_API_KEY = "sk-wrong";
  const wrongKey = await place.run(...job, "--preview", "1");
  expect(wrongKey.stderr).toMatch(/failed: 401 invalid x-api-key\.$/m);
  expect(wrongKey.stderr).not.toContain("sk-wrong");
  expect(server.requests).toHaveLength(1);
});
