import { describe, expect, test } from "vitest";
import { RequestChecker } from "../../tools/batch-files/request-checker.ts";
import { validateRequestFile } from "../../tools/batch-files/validate-file.ts";
import { folder, request } from "./folder.ts";

async function faultsOf(content: string | Buffer) {
  await using place = await folder();
  const report = await validateRequestFile(await place.put("requests.jsonl", content));
  return report.faults.map(({ line, code }) => `${line} ${code}`);
}

const text = (...lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const body = (changes: Record<string, unknown>) => ({ ...request("x").body, ...changes });

test("a good file is described", async () => {
  await using place = await folder();
  const path = await place.putLines("good.jsonl", [request("a"), request("b")]);
  expect(await validateRequestFile(path)).toEqual({
    requests: 2,
    sound: 2,
    bytes: expect.any(Number),
    model: "gpt-4o-mini",
    endpoint: "/v1/chat/completions",
    faultCount: 0,
    faults: [],
  });
});

describe("each fault is named with its line", () => {
  test.each<[what: string, line: unknown, code: string]>([
    ["a list", [1], "invalid_request"],
    ["no custom_id", request(undefined), "missing_custom_id"],
    ["a number as custom_id", request(7), "invalid_custom_id"],
    ["an empty custom_id", request(" "), "invalid_custom_id"],
    ["a custom_id that was there", request("first"), "duplicate_custom_id"],
    ["another method", request("x", { method: "GET" }), "invalid_method"],
    ["no url", request("x", { url: undefined }), "missing_url"],
    ["an unknown url", request("x", { url: "/v1/chat" }), "invalid_url"],
    ["no body", request("x", { body: null }), "missing_body"],
    ["no model", request("x", { body: body({ model: undefined }) }), "missing_model"],
    ["another model", request("x", { body: body({ model: "gpt-4o" }) }), "mismatched_model"],
    ["no messages", request("x", { body: body({ messages: undefined }) }), "missing_required_parameter"],
    ["empty messages", request("x", { body: body({ messages: [] }) }), "invalid_messages"],
    ["messages without roles", request("x", { body: body({ messages: ["hi"] }) }), "invalid_messages"],
    ["a stream", request("x", { body: body({ stream: true }) }), "stream_not_supported"],
    [
      "another endpoint",
      request("x", { url: "/v1/embeddings", body: { model: "gpt-4o-mini", input: "a" } }),
      "mismatched_endpoint",
    ],
  ])("%s", async (_what, line, code) => {
    expect(await faultsOf(text(request("first"), line))).toEqual([`2 ${code}`]);
  });

  test("what is no JSON, a blank line between others, a byte order mark", async () => {
    expect(await faultsOf(`${text(request("a"))}{"custom_id": "b", \n`)).toEqual(["2 invalid_json_line"]);
    expect(await faultsOf(`${text(request("a"))}\n\n${text(request("b"))}\n\n`)).toEqual([
      "2 blank_line",
      "3 blank_line",
    ]);
    expect(await faultsOf(`\uFEFF${text(request("a"))}`)).toEqual(["1 byte_order_mark"]);
  });

  test("an empty file, and one of blank lines", async () => {
    expect(await faultsOf("")).toEqual(["0 empty_file"]);
    expect(await faultsOf("\n\n")).toEqual(["0 empty_file"]);
  });
});

test("a line that cannot be read is not what others are compared with", async () => {
  expect(await faultsOf(text(request("a", { body: null }), request("b"), request("c")))).toEqual([
    "1 missing_body",
  ]);
});

test("a file holds 50,000 requests and no more", async () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, row) => JSON.stringify(request(`${row}`)));
  expect(await faultsOf(lines(50_000).join("\n"))).toEqual([]);
  expect(await faultsOf(lines(50_001).join("\n"))).toEqual(["0 too_many_requests"]);
});

test("a file over 200 MB is refused", async () => {
  const long = "x".repeat(500_000);
  const lines = Array.from({ length: 410 }, (_, row) =>
    Buffer.from(text(request(`${row}`, { body: body({ user: long }) }))),
  );
  expect(await faultsOf(Buffer.concat(lines))).toEqual(["0 file_too_large"]);
});

test("texts to embed are counted over all requests", async () => {
  const embed = (id: string, input: unknown) =>
    request(id, { url: "/v1/embeddings", body: { model: "e", input } });
  const many = Array.from({ length: 30_000 }, () => "a");
  expect(await faultsOf(text(embed("1", many), embed("2", [1, 2, 3]), embed("3", "a")))).toEqual([]);
  expect(await faultsOf(text(embed("1", many), embed("2", many)))).toEqual(["0 too_many_embedding_inputs"]);
});

test("of a file of another kind the first faults are kept and all are counted", async () => {
  await using place = await folder();
  const path = await place.putLines(
    "rows.jsonl",
    Array.from({ length: 1000 }, () => ({ text: "a" })),
  );
  const report = await validateRequestFile(path);
  expect(report.faults).toHaveLength(100);
  expect(report.faultCount).toBe(4000);
});

test("sentences name the earlier line", () => {
  const checker = new RequestChecker();
  checker.check(request("a"), 3);
  const [fault] = checker.check(request("a"), 9);
  expect(fault?.message).toBe('has the custom_id "a" that line 3 has already');
});
