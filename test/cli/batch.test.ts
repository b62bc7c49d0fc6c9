import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { request, result } from "../batch-files/folder.ts";
import { until, workplace } from "./assay.ts";

const place = workplace();
afterAll(() => place[Symbol.asyncDispose]());

const put = (name: string, ...lines: unknown[]) =>
  writeFileSync(place.at(name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
const linesOf = (name: string) =>
  readFileSync(place.at(name), "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const ANSWER = { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] };
put("rows.jsonl", { id: "a", instruction: "Name a colour." }, { id: "b", instruction: "Another." });
put("twice.jsonl", { id: "a", text: "x" }, { id: "a", text: "y" });
put("hole.jsonl", { id: "a", text: "x" }, { id: "b", text: "" });
put("good.jsonl", request("a"), request("b"));
put("bad.jsonl", request("a"), request("a", { method: "GET" }));
put("answer.json", { ...ANSWER, additionalProperties: false });
put("loose.json", ANSWER);
writeFileSync(place.at("empty.jsonl"), "");
mkdirSync(place.at("folder"));

describe("create-input", () => {
  const create = ["batch", "create-input", "--input_file", "rows.jsonl", "--model_name"];

  test("a request holds what was given, and nothing else", async () => {
    const flags = [
      "--system",
      "Be short.",
      "--temperature",
      "0",
      "--max_tokens",
      "50",
      "--schema",
      "answer.json",
    ];
    const { code, stdout } = await place.run(...create, "gpt-4o-mini", ...flags, "--output_file", "in.jsonl");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^in\.jsonl: 2 requests, 1\.\d+ kB\n$/);
    const [first, second] = linesOf("in.jsonl");
    expect(second.custom_id).toBe("b");
    expect(first.body).toEqual({
      model: "gpt-4o-mini",
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: expect.any(String) },
      ],
      temperature: 0,
      max_tokens: 50,
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", strict: true, schema: { ...ANSWER, additionalProperties: false } },
      },
    });
  });

  test("all sampling parameters may be given", async () => {
    const extra = '{"service_tier": "flex"}';
    const flags = ["--seed", "3", "--stop", "END", "--logprobs", "True", "--extra_body", extra];
    const { code } = await place.run(...create, "gpt-4o-mini", ...flags, "--output_file", "all.jsonl");
    expect(code).toBe(0);
    const { model: _, messages: __, ...rest } = linesOf("all.jsonl")[0].body;
    expect(rest).toEqual({ seed: 3, stop: ["END"], logprobs: true, service_tier: "flex" });
  });

  test("parameters have the names that the model takes", async () => {
    const { code } = await place.run(...create, "o3-mini", "--max-tokens", "50");
    expect(code).toBe(0);
    const [{ body }] = linesOf("batchinput.jsonl");
    expect(Object.keys(body)).toEqual(["model", "messages", "max_completion_tokens"]);
  });

  test.each<[flags: string[], code: number, ...says: string[]]>([
    [["--model_name", "m"], 2, "--input_file is missing"],
    [["--input_file", "rows.jsonl"], 2, "--model_name is missing"],
    [["--input_file", "none.jsonl", "--model_name", "m"], 2, "none.jsonl does not exist"],
    [["--input_file", "empty.jsonl", "--model_name", "m"], 2, "empty.jsonl is empty"],
    [
      ["--input_file", "twice.jsonl", "--model_name", "m"],
      2,
      'line 2 has the custom_id "a" that line 1',
      "--row_numbers",
    ],
    [
      ["--input_file", "hole.jsonl", "--model_name", "m"],
      2,
      "hole.jsonl line 2 has no instruction",
      "--skip_bad_rows",
    ],
    [["--input_file", "hole.jsonl", "--model_name", "m", "--skip_bad_rows"], 1, "1 row cannot be asked"],
    [
      ["--input_file", "rows.jsonl", "--model_name", "o3-mini", "--temperature", "0.5"],
      2,
      "does not take temperature",
    ],
    [["--input_file", "rows.jsonl", "--model_name", "m", "--min_p", "0.1"], 2, "does not take min_p"],
    [["--input_file", "rows.jsonl", "--model_name", "m", "--max_tokens", "many"], 2, 'max_tokens is "many"'],
    [
      ["--input_file", "rows.jsonl", "--model_name", "m", "--schema", "none.json"],
      2,
      "none.json does not exist",
    ],
    [
      ["--input_file", "rows.jsonl", "--model_name", "m", "--schema", "loose.json"],
      2,
      '"additionalProperties": false',
    ],
    [["--input_file", "rows.jsonl", "--model_name", "m", "--schema", "rows.jsonl"], 2, "is not valid JSON"],
    [
      ["--input_file", "rows.jsonl", "--model_name", "m", "--output_file", "folder"],
      2,
      "folder cannot be written",
    ],
  ])("%j", async (flags, code, ...says) => {
    const outcome = await place.run("batch", "create-input", "--output_file", "wrong.jsonl", ...flags);
    expect(outcome.code).toBe(code);
    for (const words of says) expect(outcome.stderr).toContain(words);
  });
});

test("Ctrl-C leaves no half-written file", async () => {
  const row = `{"text": "${"x".repeat(500)}"}\n`;
  writeFileSync(place.at("many.jsonl"), row.repeat(200_000));
  const flags = ["--input_file", "many.jsonl", "--output_file", "stopped.jsonl", "--model_name", "m"];
  const running = place.start("batch", "create-input", ...flags);
  const written = () => readdirSync(place.folder).filter((name) => name.includes("stopped"));
  await until(() => written().length > 0);
  running.process.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect([code, stderr, written()]).toEqual([130, "Interrupted: no file was written.\n", []]);
});

describe("validate", () => {
  test("a good file is described, also as JSON", async () => {
    const { code, stdout } = await place.run("batch", "validate", "good.jsonl");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "good.jsonl: 2 requests of gpt-4o-mini to /v1/chat/completions, 282 bytes, no fault\n",
    );
    const { stdout: json } = await place.run("batch", "validate", "good.jsonl", "--json");
    expect(JSON.parse(json)).toMatchObject({ file: "good.jsonl", requests: 2, faults: [] });
  });

  test("all faults of a bad one are named", async () => {
    const { code, stderr } = await place.run("batch", "validate", "bad.jsonl");
    expect(code).toBe(2);
    expect(stderr).toContain('bad.jsonl line 2 has "GET" as method');
    expect(stderr).toContain('bad.jsonl line 2 has the custom_id "a" that line 1 has already');
  });

  test("of a file of something else what its first line lacks is told, and what to do", async () => {
    put("many.jsonl", ...Array.from({ length: 50 }, () => ({ instruction: "Name a colour." })));
    const { code, stderr } = await place.run("batch", "validate", "many.jsonl");
    expect([code, stderr.trimEnd().split("\n")]).toEqual([
      2,
      [
        "Error: many.jsonl line 1 has no custom_id.",
        expect.stringContaining("line 1 has nothing as method"),
        expect.stringContaining("line 1 has no url"),
        expect.stringContaining("line 1 has nothing as body"),
        expect.stringContaining(
          "none of the 50 lines of many.jsonl is a request of the Batch API: `assay batch",
        ),
      ],
    ]);
  });

  test("a file that is not there", async () => {
    const { code, stderr } = await place.run("batch", "validate", "none.jsonl");
    expect([code, stderr]).toEqual([2, "Error: none.jsonl does not exist: check the path.\n"]);
  });
});

describe("reformat", () => {
  test("texts in one file, what failed in another, exit code 1", async () => {
    const late = { custom_id: "b", response: null, error: { code: "batch_expired", message: "Too late" } };
    put(
      "results.jsonl",
      result("a", { content: "blue" }),
      result("c", { content: null, refusal: "No." }),
      late,
    );
    const flags = [
      "--input_file",
      "results.jsonl",
      "--output_file",
      "texts.jsonl",
      "--source_type",
      "openai",
    ];
    const { code, stdout, stderr } = await place.run("batch", "reformat", ...flags);
    expect([code, stdout]).toEqual([1, "texts.jsonl: 2 texts\n"]);
    expect(stderr).toContain("1 of them is a refusal");
    expect(stderr).toContain("1 line gave no text: texts.jsonl.errors.jsonl");
    expect(linesOf("texts.jsonl")).toEqual([
      { id: "a", generated_text: "blue" },
      { id: "c", generated_text: "No.", refusal: true },
    ]);
    expect(linesOf("texts.jsonl.errors.jsonl")).toMatchObject([{ id: "b", reason: "batch_expired" }]);
  });

  test("an unknown source type, and a file of something else", async () => {
    const flags = ["--input_file", "rows.jsonl", "--output_file", "none.jsonl"];
    const unknown = await place.run("batch", "reformat", ...flags, "--source_type", "local");
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'Error: --source_type is "local": give openai, openai_batch, finetuned.\n',
    ]);
    const other = await place.run("batch", "reformat", ...flags);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("rows.jsonl has no line that is a result of openai_batch");
  });
});
