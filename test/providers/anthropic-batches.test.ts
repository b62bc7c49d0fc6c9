import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { lineOutcome } from "../../services/batch-supervisor/collecting/line-outcome.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { BatchApiError, isUncertain } from "../../shared/batch-api/fault.ts";
import { findBatches } from "../../shared/batch-api/find-batches.ts";
import { requestLines } from "../../shared/batch-lane/request-line.ts";
import { anthropicMessages } from "../../shared/providers/anthropic-messages.ts";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { ANTHROPIC_KEY } from "../support/played-anthropic.ts";
import { type PlayedBatches, playAnthropicBatches, succeeded } from "../support/played-anthropic-batches.ts";

function openAt({ url }: PlayedBatches) {
  using files = annotatorsFiles();
  const entry = `{provider: anthropic-messages, base_url: ${url}, key_variable: A, model: claude-test, batch: true}`;
  const annotator = loadRegistry({ file: files.put(`annotators:\n  claude: ${entry}\n`) }).resolve("claude");
  return anthropicMessages.batches!.open(annotator, ANTHROPIC_KEY, {
    keySource: "A",
    attempts: 1,
    patienceMs: 0,
  });
}

const REQUEST = { model: "claude-test", max_tokens: 9, stop: ["END"] };
const LINES = requestLines({ request: REQUEST, batch: null });
const chat = (row: number) =>
  JSON.stringify([
    { role: "system", content: "Be brief." },
    { role: "user", content: `row ${row}` },
  ]);
const content = (...rows: number[]) =>
  async function* () {
    for (const row of rows) yield Buffer.from(LINES.line(row, chat(row)));
  };
const creation = (metadata: Record<string, string>, ...rows: number[]) => ({
  ...{ input_file_id: "f", endpoint: "/v1/messages", metadata },
  content: content(...rows),
});

test("the requests stand in the creation, and results come back as lines that the lane reads", async () => {
  await using server = await playAnthropicBatches(ANTHROPIC_KEY, (request) => {
    const error = (type: string) => ({
      type: "errored",
      error: { type: "error", error: { type, message: "Oh." } },
    });
    return [
      succeeded(request),
      error("invalid_request_error"),
      error("overloaded_error"),
      { type: "expired" },
    ][Number(request.custom_id)]!;
  });
  await using api = openAt(server);
  const { id } = await api.uploadFile({ name: "a.jsonl", bytes: 1, content: content(0) });
  const created = await api.createBatch({ ...creation({ job: "j" }, 0, 1, 2, 3), input_file_id: id });
  expect(created).toMatchObject({
    status: "in_progress",
    metadata: { job: "j" },
    request_counts: { total: 4 },
  });
  expect(server.batches[0]!.requests[1]).toEqual({
    custom_id: "1",
    params: {
      model: "claude-test",
      max_tokens: 9,
      stop_sequences: ["END"],
      system: "Be brief.",
      messages: [{ role: "user", content: "row 1" }],
    },
  });
  const ended = await api.retrieveBatch(created.id);
  expect(ended).toMatchObject({ status: "expired", request_counts: { total: 4, completed: 1, failed: 2 } });
  const lines = (await text(await api.fileContent(ended.output_file_id!))).trim().split("\n");
  const context = {
    ...{ attempt: 1, maxAttempts: 3, budgeted: false, invalidFinishReasons: [], model: "m" },
    provider: anthropicMessages,
  };
  const outcomes = lines.map((line) => lineOutcome(JSON.parse(line), context));
  expect(outcomes).toMatchObject([
    { kind: "settled", row: 0, promptTokens: 12, completionTokens: 7, result: { ok: true } },
    { kind: "settled", row: 1, result: { ok: false } },
    { kind: "again", row: 2, reason: "http_529" },
    { kind: "again", row: 3, reason: "batch_expired" },
  ]);
  expect(outcomes[0]!.kind === "settled" && JSON.parse(outcomes[0]!.result.line).choices[0].text).toBe(
    "Answer 0",
  );
  expect(server.calls.every(({ headers }) => headers["x-api-key"] === ANTHROPIC_KEY)).toBe(true);
});

test("the list goes on from page to page, newest first", async () => {
  await using server = await playAnthropicBatches(ANTHROPIC_KEY);
  await using api = openAt(server);
  for (const row of [1, 2, 3]) await api.createBatch(creation({ row: String(row) }, row));
  const ids: string[] = [];
  for await (const { id } of findBatches(api, { pageSize: 2 })) ids.push(id);
  expect(ids).toEqual(["msgbatch_2", "msgbatch_1", "msgbatch_0"]);
});

test("a batch whose creation was not answered is found in the list, and one of others is not taken for it", async () => {
  await using server = await playAnthropicBatches(ANTHROPIC_KEY);
  await using api = openAt(server);
  await using others = openAt(server);
  await others.createBatch(creation({}, 1, 2));
  server.loseNext = true;
  const error = await api.createBatch(creation({ job: "mine" }, 1, 2)).catch((caught: unknown) => caught);
  expect(isUncertain(error)).toBe(true);
  await others.createBatch(creation({}, 1, 2, 3));
  const { batches } = await api.listBatches();
  expect(batches.map(({ id, metadata }) => [id, metadata])).toEqual([
    ["msgbatch_2", null],
    ["msgbatch_1", { job: "mine" }],
    ["msgbatch_0", null],
  ]);
});

test("a batch is cancelled, one that is unknown is said to be, and a file alone makes none", async () => {
  await using server = await playAnthropicBatches(ANTHROPIC_KEY, () => ({ type: "canceled" }));
  await using api = openAt(server);
  const { id } = await api.createBatch(creation({}, 1));
  expect((await api.cancelBatch(id)).status).toBe("cancelling");
  expect(await api.retrieveBatch(id)).toMatchObject({ status: "cancelled", output_file_id: id });
  await expect(api.retrieveBatch("msgbatch_x")).rejects.toThrow(/There is no batch msgbatch_x/);
  const { content: _, ...without } = creation({}, 1);
  await expect(api.createBatch(without)).rejects.toThrow(BatchApiError);
});
