import { describe, expect, test } from "vitest";
import { reformat } from "../../tools/batch-files/reformat.ts";
import type { SourceType } from "../../tools/batch-files/result-line.ts";
import { folder, result } from "./folder.ts";

async function reformatted(lines: unknown[], type: SourceType = "openai_batch", beside?: unknown[]) {
  await using place = await folder();
  const input = await place.putLines("results.jsonl", lines);
  if (beside) await place.putLines("results.jsonl.errors.jsonl", beside);
  const done = await reformat({ input, output: place.at("out.jsonl"), type });
  const errors = done.errors === null ? [] : await place.lines("out.jsonl.errors.jsonl");
  return { done, texts: await place.lines("out.jsonl"), errors };
}

const text = (content: unknown) => ({ role: "assistant", content });
const failed = (id: string, code: string) => ({
  custom_id: id,
  response: null,
  error: { code, message: "Too late" },
});

describe("results of the Batch API", () => {
  test("texts keep their order and their ids", async () => {
    const { done, texts } = await reformatted([result("b", text("2")), result("a", text(""))]);
    expect(texts).toEqual([
      { id: "b", generated_text: "2" },
      { id: "a", generated_text: "" },
    ]);
    expect(done).toMatchObject({ texts: 2, failed: 0, errors: null });
  });

  test("a refusal is the text, and marked", async () => {
    const { done, texts } = await reformatted([result("a", { content: null, refusal: "I cannot." })]);
    expect(texts).toEqual([{ id: "a", generated_text: "I cannot.", refusal: true }]);
    expect(done.refusals).toBe(1);
  });

  test("a cut text, and further choices, are kept and marked", async () => {
    const many = result("n", text("one"));
    many.response.body.choices.push({ index: 1, message: text("two"), finish_reason: "stop" });
    const { done, texts } = await reformatted([result("a", text("Once"), "length"), many]);
    expect(texts).toEqual([
      { id: "a", generated_text: "Once", finish_reason: "length" },
      { id: "n", generated_text: "one", generated_texts: ["one", "two"] },
    ]);
    expect(done.cut).toBe(1);
  });

  test("every line that gives no text is reported with its place and reason", async () => {
    const status = {
      ...result("s", text("x")),
      response: { status_code: 500, body: { error: { code: "server_error", message: "Broken" } } },
    };
    const bare = { ...result("t", text("x")), response: { status_code: 400, body: null } };
    const lines = [
      result("ok", text("fine")),
      failed("late", "batch_expired"),
      status,
      bare,
      result("filtered", text(null), "content_filter"),
      result("ok", text("again")),
      '{"custom_id": "cut", "response": {"st',
    ];
    const { done, texts, errors } = await reformatted(lines);
    expect(texts).toEqual([{ id: "ok", generated_text: "fine" }]);
    expect(errors.map(({ id, line, reason }) => [id, line, reason])).toEqual([
      ["late", 2, "batch_expired"],
      ["s", 3, "server_error"],
      ["t", 4, "status_400"],
      ["filtered", 5, "content_filter"],
      ["ok", 6, "duplicate_id"],
      [null, 7, "malformed_json"],
    ]);
    expect(done.failed).toBe(6);
    expect(errors[0]!.message).toMatch(/results\.jsonl line 2 failed: Too late\.$/);
  });

  test("the errors file of a download counts too", async () => {
    const { done, errors } = await reformatted([result("a", text("x"))], "openai_batch", [
      failed("b", "batch_expired"),
    ]);
    expect(done).toMatchObject({ texts: 1, failed: 1 });
    expect(errors).toMatchObject([{ id: "b", reason: "batch_expired" }]);
  });
});

describe("other sources", () => {
  test("completions of any endpoint, and pairs of request and response", async () => {
    const completion = { id: "chatcmpl-1", choices: [{ index: 0, message: text("chat") }] };
    const legacy = { id: "cmpl-1", choices: [{ index: 0, text: "old" }] };
    const response = {
      id: "resp_1",
      output: [
        { type: "reasoning", content: [{ text: "hm" }] },
        { type: "message", content: [{ type: "output_text", text: "new" }] },
      ],
    };
    const refused = {
      id: "resp_2",
      output: [{ type: "message", content: [{ type: "refusal", refusal: "no" }] }],
    };
    const pair = [{ model: "m" }, completion, { row_id: 5 }];
    const bad = [
      { model: "m", metadata: { row_id: 6 } },
      ["first", { error: { message: "Rate limit", code: "429" } }],
    ];
    const { texts, errors } = await reformatted(
      [completion, legacy, response, refused, pair, bad, result("b", text("x"))],
      "openai",
    );
    expect(texts).toEqual([
      { id: "chatcmpl-1", generated_text: "chat" },
      { id: "cmpl-1", generated_text: "old" },
      { id: "resp_1", generated_text: "new" },
      { id: "resp_2", generated_text: "no", refusal: true },
      { id: "5", generated_text: "chat" },
      { id: "b", generated_text: "x" },
    ]);
    expect(errors).toMatchObject([{ id: "6", reason: "429" }]);
  });

  test("a file whose first line is a pair is no JSON array", async () => {
    const pair = (row: number) => [
      { model: "m" },
      { id: "c", choices: [{ text: `t${row}` }] },
      { row_id: row },
    ];
    const { texts } = await reformatted([pair(1), pair(2)], "openai");
    expect(texts).toEqual([
      { id: "1", generated_text: "t1" },
      { id: "2", generated_text: "t2" },
    ]);
  });

  test("an embedding is no text", async () => {
    const { errors } = await reformatted([{ id: "e", data: [{ embedding: [0] }] }], "openai");
    expect(errors).toMatchObject([{ reason: "not_text" }]);
  });

  test("generation with a fine-tuned model", async () => {
    const lines = [
      { id: "a", generated_text: "a" },
      { prompt: "p", response: "b" },
      { id: 3, generated_text: null },
      { id: 4, error: "OOM" },
    ];
    const { texts, errors } = await reformatted(lines, "finetuned");
    expect(texts).toEqual([
      { id: "a", generated_text: "a" },
      { id: "1", generated_text: "b" },
    ]);
    expect(errors).toMatchObject([
      { id: "3", reason: "no_text" },
      { id: "4", reason: "provider_error" },
    ]);
  });
});

test("a file that holds no results is refused, and nothing is written", async () => {
  await using place = await folder();
  const input = await place.putLines("rows.jsonl", [{ instruction: "a" }, { instruction: "b" }]);
  await expect(reformat({ input, output: place.at("out.jsonl"), type: "openai" })).rejects.toThrow(
    /no line that is a result of openai/,
  );
  expect(await place.names()).toEqual(["rows.jsonl"]);
});

test("an errors file of an earlier run does not stay beside an output without errors", async () => {
  await using place = await folder();
  const input = await place.putLines("results.jsonl", [result("a", text("x"))]);
  await place.put("out.jsonl.errors.jsonl", "old\n");
  await reformat({ input, output: place.at("out.jsonl"), type: "openai_batch" });
  expect(await place.names()).toEqual(["out.jsonl", "results.jsonl"]);
});

test("neither the input nor its errors are overwritten", async () => {
  await using place = await folder();
  const input = await place.putLines("results.jsonl", [result("a", text("x"))]);
  for (const output of [input, `${input}.errors.jsonl`]) {
    await expect(reformat({ input, output, type: "openai" })).rejects.toThrow(/would overwrite/);
  }
});
