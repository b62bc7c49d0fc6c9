import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ANTHROPIC_KEY } from "../support/played-anthropic.ts";
import { playAnthropicBatches, succeeded } from "../support/played-anthropic-batches.ts";
import { workplace } from "./assay.ts";

test("a job's batches go through Anthropic's, an unanswered creation is not repeated, and what a batch leaves is sent again", async () => {
  await using server = await playAnthropicBatches(ANTHROPIC_KEY, (request) =>
    request.custom_id === "2" && server.batches.length < 2 ? { type: "expired" } : succeeded(request),
  );
  await using place = workplace({ ANTHROPIC_API_KEY: ANTHROPIC_KEY });
  writeFileSync(
    place.at("rows.jsonl"),
    Array.from({ length: 6 }, (_, row) => `${JSON.stringify({ question: `Row ${row}?` })}\n`).join(""),
  );
  const entry = `{provider: anthropic-messages, base_url: "${server.url}", key_variable: ANTHROPIC_API_KEY, model: claude-test, batch: true}`;
  writeFileSync(place.at("annotators.yaml"), `annotators:\n  claude: ${entry}\n`);
  place.env.ASSAY_ANNOTATORS = place.at("annotators.yaml");
  server.loseNext = true;
  const job = ["reannotate", "--dataset", "rows.jsonl", "--annotator", "claude", "--batch", "--poll", "1"];
  const { code, stderr } = await place.run(...job, "--save_dir", "out", "--max_tokens", "9");
  expect([code, stderr.slice(-1500)]).toEqual([0, expect.anything()]);
  const rows = JSON.parse(readFileSync(place.at("out/rows_claude/reannotated.json"), "utf8"));
  expect(rows.map(({ annotation }: { annotation: string }) => annotation)).toEqual(
    Array.from({ length: 6 }, (_, row) => `Answer ${row}`),
  );
  expect(server.batches.map(({ requests }) => requests.length)).toEqual([6, 1]);
}, 120_000);
