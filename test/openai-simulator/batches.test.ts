import OpenAI from "openai";
import { expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import {
  batchOnce,
  createBatch,
  inputOf,
  requestLine,
  resultsOf,
  startWithClient,
  uploadText,
} from "./batch-inputs.ts";
import { chatBody, postChat } from "./chat-bodies.ts";

const O3_BODY = chatBody("x", { model: "o3" });

test("a batch answers each line as a call would be answered, in another order", async () => {
  await using started = await startWithClient();
  const { openai } = started;
  const metadata = { job: "j1", shard: "0" };
  const created = await started.submit(inputOf(50), { metadata });
  expect(created).toMatchObject({ object: "batch", status: "validating", metadata, errors: null });
  expect(created).toMatchObject({
    output_file_id: null,
    request_counts: { total: 0, completed: 0, failed: 0 },
  });
  const batch = await batchOnce(openai, created.id);
  expect(batch).toMatchObject({ status: "completed", model: "gpt-4o-mini", error_file_id: null, metadata });
  expect(batch.request_counts).toEqual({ total: 50, completed: 50, failed: 0 });
  const results = await resultsOf(openai, batch.output_file_id);
  const order = results.map(({ custom_id }) => custom_id);
  const sent = Array.from({ length: 50 }, (_, row) => `row-${row}`);
  expect(order).not.toEqual(sent);
  expect([...order].sort()).toEqual([...sent].sort());
  for (const { custom_id, response, error } of results) {
    expect([response!.status_code, error]).toEqual([200, null]);
    const expected = answerFor(chatBody(`question ${custom_id}`), 0);
    expect(response!.body.choices[0]!.message.content).toBe(expected);
  }
  const tokens = results.reduce((sum, { response }) => sum + response!.body.usage!.total_tokens, 0);
  expect(batch.usage!.total_tokens).toBe(tokens);
  const output = await openai.files.retrieve(batch.output_file_id!);
  expect(output).toMatchObject({ purpose: "batch_output", filename: `${batch.id}_output.jsonl` });
});

test("times are those of the batch clock, whatever its speed", async () => {
  await using started = await startWithClient({ batchValidation: "10s", batchDuration: "5m" });
  const batch = await batchOnce(started.openai, (await started.submit(inputOf(3))).id);
  const { created_at, in_progress_at, finalizing_at, completed_at, expires_at } = batch;
  expect(in_progress_at! - created_at).toBeGreaterThanOrEqual(10);
  expect(in_progress_at! - created_at).toBeLessThanOrEqual(11);
  expect(finalizing_at! - in_progress_at!).toBe(300);
  expect(completed_at! - finalizing_at!).toBe(1);
  expect(expires_at! - created_at).toBe(86_400);
});

test("the clock can be stepped, and a batch goes through its states", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001, batchFinalizing: "5s" });
  const { openai, simulator } = started;
  const { id } = await started.submit(inputOf(10));
  expect((await openai.batches.retrieve(id)).status).toBe("validating");
  simulator.advance(2 + 30);
  const running = await batchOnce(openai, id, ["in_progress"]);
  await expect.poll(async () => (await openai.batches.retrieve(id)).request_counts!.completed).toBe(5);
  expect(running.output_file_id).toBeNull();
  const advance = { method: "POST", body: JSON.stringify({ seconds: 30 }) };
  await fetch(`${simulator.url.slice(0, -3)}/simulator/advance`, advance);
  await batchOnce(openai, id, ["finalizing"]);
  simulator.advance(5);
  expect((await batchOnce(openai, id)).status).toBe("completed");
});

test.each([
  ["invalid_json_line", 2, null, `${requestLine("a")}\nnot json\n`],
  ["invalid_json_line", 2, null, `${requestLine("a")}\n\n${requestLine("b")}\n`],
  [
    "missing_required_parameter",
    1,
    "custom_id",
    '{"method":"POST","url":"/v1/chat/completions","body":{}}\n',
  ],
  ["duplicate_custom_id", 3, "custom_id", `${requestLine("a")}\n${requestLine("b")}\n${requestLine("a")}`],
  ["url_mismatch", 1, "url", requestLine("a", "x", { url: "/v1/embeddings" })],
  ["model_mismatch", 2, "body.model", `${requestLine("a")}\n${requestLine("b", "", { body: O3_BODY })}`],
  ["invalid_method", 1, "method", requestLine("a", "x", { method: "GET" })],
  ["too_many_tasks", null, null, inputOf(6)],
  ["empty_file", null, null, ""],
])("an input file with %s fails and names line %s", async (code, line, param, text) => {
  await using started = await startWithClient({ batchMaxRequests: 5 });
  const batch = await batchOnce(started.openai, (await started.submit(text)).id);
  expect(batch).toMatchObject({ status: "failed", output_file_id: null, error_file_id: null });
  expect(batch.errors).toMatchObject({ object: "list", data: [{ code, line, param }] });
  expect(batch.failed_at).toBeGreaterThanOrEqual(batch.created_at);
  expect(started.simulator.stats()).toMatchObject({ paidCalls: 0, batches: { ended: { failed: 1 } } });
});

test("blank lines at the end of an input file do no harm", async () => {
  await using started = await startWithClient();
  const { id } = await started.submit(`${inputOf(3)}\n \r\n\n`);
  const { status, request_counts } = await batchOnce(started.openai, id);
  expect([status, request_counts!.completed]).toEqual(["completed", 3]);
});

test("metrics tell of batches and of the calls about them", async () => {
  await using started = await startWithClient();
  await batchOnce(started.openai, (await started.submit(inputOf(3))).id);
  const metrics = await (await fetch(`${started.simulator.url.slice(0, -3)}/metrics`)).text();
  expect(metrics).toContain('assay_simulator_batches_total{status="completed"} 1');
  expect(metrics).toContain('assay_simulator_batch_lines_total{outcome="paid"} 3');
  expect(metrics).toContain('assay_simulator_calls_total{call="POST /v1/batches"} 1');
});

test("requests for batches that cannot be are refused by name", async () => {
  await using started = await startWithClient();
  const { openai } = started;
  const id = await started.upload(inputOf(1));
  const refused = (more: Record<string, unknown>) =>
    createBatch(openai, id, more as Partial<OpenAI.BatchCreateParams>);
  const notes = await openai.files.create({ file: new File(["x"], "x.txt"), purpose: "user_data" });
  for (const [more, param] of [
    [{ input_file_id: "file-unknown" }, "input_file_id"],
    [{ input_file_id: notes.id }, "input_file_id"],
    [{ endpoint: "/v1/embeddings" }, "endpoint"],
    [{ completion_window: "1h" }, "completion_window"],
    [{ completion_window: undefined }, "completion_window"],
    [{ priority: "high" }, "priority"],
    [{ metadata: { long: "x".repeat(513) } }, "metadata.long"],
    [{ metadata: { number: 5 } }, "metadata.number"],
  ] as const) {
    const error = await refused(more).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, type: "invalid_request_error" });
  }
  await expect(openai.batches.retrieve("batch_x")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  await expect(openai.batches.cancel("batch_x")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test("batches are listed newest first, page by page", async () => {
  await using started = await startWithClient();
  const { openai } = started;
  const file = await started.upload(inputOf(1));
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift((await createBatch(openai, file)).id);
  const first = await openai.batches.list({ limit: 2 });
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.has_more).toBe(true);
  const listed: string[] = [];
  for await (const { id } of openai.batches.list({ limit: 2 })) listed.push(id);
  expect(listed).toEqual(ids);
  await expect(openai.batches.list({ limit: 101 })).rejects.toMatchObject({ status: 400, param: "limit" });
});

test("lines that fail go to the error file with their response, and are not paid", async () => {
  await using started = await startWithClient({
    batchFaults: { "500": 0.3 },
    poison: [{ marker: "question row-7", fault: "400" }],
  });
  const { openai, simulator } = started;
  const unknownParameter = requestLine("bad", "x", { body: { ...chatBody("x"), colour: "red" } });
  const batch = await batchOnce(openai, (await started.submit(`${inputOf(40)}${unknownParameter}`)).id);
  const failures = await resultsOf(openai, batch.error_file_id);
  const answers = await resultsOf(openai, batch.output_file_id);
  expect(failures.length + answers.length).toBe(41);
  expect(batch.request_counts).toEqual({ total: 41, completed: answers.length, failed: failures.length });
  const byId = new Map(failures.map((failure) => [failure.custom_id, failure]));
  expect(byId.get("row-7")!.response).toMatchObject({
    status_code: 400,
    body: { error: { code: "invalid_prompt", type: "invalid_request_error" } },
  });
  expect(byId.get("bad")!.response).toMatchObject({ body: { error: { code: "unknown_parameter" } } });
  const failed500 = failures.filter(({ response }) => response?.status_code === 500).length;
  expect(failed500).toBeGreaterThan(3);
  expect(failed500).toBeLessThan(25);
  expect(simulator.stats().batches).toMatchObject({
    paidLines: answers.length,
    failedLines: failures.length,
  });
});

test("a line paid again is seen in the counts, by its body or by its custom_id, whichever lane paid", async () => {
  await using started = await startWithClient();
  const { openai, simulator } = started;
  const file = await started.upload(inputOf(5));
  for (let time = 0; time < 2; time++) await batchOnce(openai, (await createBatch(openai, file)).id);
  await postChat(simulator.url, chatBody("question row-3"));
  expect(simulator.stats()).toMatchObject({ paidCalls: 11, distinctPaidCalls: 5, repeatedPaidCalls: 6 });
  simulator.reset();
  simulator.configure({ batchCallId: "custom_id", callHeader: "x-row" });
  const same = `${requestLine("1", "same")}\n${requestLine("2", "same")}\n`;
  await batchOnce(openai, (await started.submit(same)).id);
  expect(simulator.stats()).toMatchObject({ paidCalls: 2, repeatedPaidCalls: 0 });
  await postChat(simulator.url, chatBody("other"), { "x-row": "2" });
  expect(simulator.stats()).toMatchObject({ paidCalls: 3, repeatedPaidCalls: 1 });
  expect(["1", "2", "3"].map((row) => simulator.paid(row))).toEqual([1, 2, 0]);
  const told = await fetch(`${simulator.url.slice(0, -3)}/simulator/paid/2`);
  expect(await told.json()).toEqual({ id: "2", paid: 2 });
});

test("an input file may be deleted while its batch runs", async () => {
  await using started = await startWithClient({ batchSpeed: 0.001 });
  const file = await uploadText(started.openai, inputOf(3));
  const { id } = await createBatch(started.openai, file.id);
  await started.openai.files.delete(file.id);
  started.simulator.advance(1000);
  expect(await batchOnce(started.openai, id)).toMatchObject({ status: "completed", input_file_id: file.id });
});
