import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { type CreateInput, createInput } from "../../tools/batch-files/create-input.ts";
import { validateRequestFile } from "../../tools/batch-files/validate-file.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { folder } from "./folder.ts";

const REQUEST = { model: "gpt-4o-mini", temperature: 0 };
interface Line {
  custom_id: string;
  body: { messages: { role: string; content: string }[] };
}

async function created(content: string, options: Partial<CreateInput> = {}, name = "rows.jsonl") {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await folder());
  const input = await place.put(name, content);
  const made = await createInput({
    input,
    output: place.at("out.jsonl"),
    request: REQUEST,
    skipBadRows: false,
    ...options,
  });
  // Where nothing is made, the folder goes with this scope; else with the caller's.
  stack.move();
  return Object.assign(place, { made });
}

const rows = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

describe("rows become requests", () => {
  test("an instruction row", async () => {
    await using place = await created(rows({ instruction: "Add.", input: "1 2", output: "3" }), {
      system: "Be short.",
    });
    expect(await place.lines("out.jsonl")).toEqual([
      {
        custom_id: "0",
        method: "POST",
        url: "/v1/chat/completions",
        body: {
          model: "gpt-4o-mini",
          messages: [
            { role: "system", content: "Be short." },
            { role: "user", content: alpacaPrompt("Add.", "1 2") },
          ],
          temperature: 0,
        },
      },
    ]);
  });

  test("chats without their last answer, prompts, texts, templates, CSV", async () => {
    const turns = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
    ];
    const prompts = async (content: string, options = {}, name = "rows.jsonl") => {
      await using place = await created(content, options, name);
      const lines = await place.lines<Line>("out.jsonl");
      return lines.map(({ body }) => body.messages.map((message) => message.content).join("|"));
    };
    expect(await prompts(rows({ messages: turns }))).toEqual(["Hi"]);
    expect(await prompts(rows({ prompt: "P" }, { prompt: "Q" }))).toEqual(["P", "Q"]);
    expect(await prompts('[{"text": "T"}]', {}, "rows.json")).toEqual(["T"]);
    expect(await prompts(rows({ a: "x" }), { template: "Say {a}" })).toEqual(["Say x"]);
    expect(await prompts('id,prompt\n7,"a\nb"\n', {}, "rows.csv")).toEqual(["a\nb"]);
  });
});

describe("ids", () => {
  const ids = async (content: string, options = {}) => {
    await using place = await created(content, options);
    return (await place.lines<Line>("out.jsonl")).map((line) => line.custom_id);
  };

  test("custom_id before id before the row's number", async () => {
    const content = rows(
      { custom_id: "c", id: 1, text: "a" },
      { id: 12345678901, text: "a" },
      { id: null, text: "a" },
    );
    expect(await ids(content)).toEqual(["c", "12345678901", "2"]);
  });

  test("numbers keep their digits", async () => {
    expect(await ids('{"id": 12345678901234567890, "text": "a"}\n')).toEqual(["12345678901234567890"]);
  });

  test("two rows of one id are both named, and nothing is written", async () => {
    await using place = await folder();
    const input = await place.put(
      "rows.jsonl",
      rows({ id: 1, text: "a" }, { id: 2, text: "a" }, { id: "1", text: "a" }),
    );
    const output = place.at("out.jsonl");
    await expect(createInput({ input, output, request: REQUEST, skipBadRows: false })).rejects.toThrow(
      /rows\.jsonl line 3 has the custom_id "1" that line 1 has already/,
    );
    expect(await place.names()).toEqual(["rows.jsonl"]);
  });

  test("a row's number may be another row's id", async () => {
    await expect(created(rows({ id: 1, text: "a" }, { text: "b" }))).rejects.toThrow(/line 2 .* line 1/);
    expect(await ids(rows({ id: 1, text: "a" }, { text: "b" }), { rowNumbers: true })).toEqual(["0", "1"]);
  });

  test("an object is no id", async () => {
    await expect(created(rows({ id: {}, text: "a" }))).rejects.toThrow('line 1 has an object in column "id"');
  });
});

describe("files", () => {
  const texts = (count: number) =>
    rows(...Array.from({ length: count }, (_, row) => ({ text: `text ${row}` })));

  test("over the limit of requests there are several, each good, with all rows in order", async () => {
    await using place = await created(texts(7), { limits: { requests: 3, bytes: 1e6 } });
    expect(await place.names()).toEqual(["out-001.jsonl", "out-002.jsonl", "out-003.jsonl", "rows.jsonl"]);
    const ids: string[] = [];
    for (const { path, requests } of place.made.files) {
      expect(await validateRequestFile(path)).toMatchObject({ requests, faultCount: 0 });
      ids.push(...(await place.lines<Line>(path.slice(place.path.length + 1))).map((line) => line.custom_id));
    }
    expect(ids).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
  });

  test("over the limit of bytes too, and no file is larger", async () => {
    await using place = await created(texts(50), { limits: { requests: 1000, bytes: 1500 } });
    expect(place.made.files.length).toBeGreaterThan(3);
    for (const { bytes } of place.made.files) expect(bytes).toBeLessThanOrEqual(1500);
  });

  test("exactly the limit is one file under its own name", async () => {
    await using place = await created(texts(3), { limits: { requests: 3, bytes: 1e6 } });
    expect(await place.names()).toEqual(["out.jsonl", "rows.jsonl"]);
  });

  test("a fault after full files leaves none of them", async () => {
    await using place = await folder();
    const input = await place.put("rows.jsonl", `${texts(7)}{"text": ""}\n`);
    const limits = { requests: 3, bytes: 1e6 };
    const output = place.at("out.jsonl");
    await expect(
      createInput({ input, output, request: REQUEST, skipBadRows: false, limits }),
    ).rejects.toThrow(/line 8/);
    expect(await place.names()).toEqual(["rows.jsonl"]);
  });

  test("bad rows may be left out, and are listed", async () => {
    const content = rows({ id: "a", text: "x" }, { id: "b", text: "" }, { id: {}, text: "y" });
    await using place = await created(content, { skipBadRows: true });
    expect(place.made).toMatchObject({ bad: 2, errors: place.at("out.jsonl.errors.jsonl") });
    expect(await place.lines("out.jsonl.errors.jsonl")).toMatchObject([
      { line: 2, reason: "no_instruction" },
      { line: 3, reason: "invalid_id" },
    ]);
    expect(await place.lines("out.jsonl")).toHaveLength(1);
  });

  test("the input is not overwritten", async () => {
    await using place = await folder();
    const input = await place.put("rows.jsonl", texts(1));
    await expect(createInput({ input, output: input, request: REQUEST, skipBadRows: false })).rejects.toThrow(
      /is the input file/,
    );
  });
});

const data = join(packageRoot, "../shared/data");
const skips = skipUnless(existsSync(data), `the real datasets are not at ${data}`);

describe.skipIf(skips)("real datasets", () => {
  test.each([
    ["codealpaca/code_alpaca_2k.json", 2017, {}],
    ["alpaca_eval/outputs.json", 805, {}],
    ["sparse_feedback/natural_instructions.json", 1000, {}],
    ["openai_cookbook/example_requests_to_parallel_process.jsonl", 10_000, { columns: "prompt=input" }],
    ["open_instruct/eval_instances_tulu_1.jsonl", 996, { rowNumbers: true }],
  ])("%s gives %i good requests", async (file, requests, options) => {
    await using place = await folder();
    const output = place.at("out.jsonl");
    await createInput({ input: join(data, file), output, request: REQUEST, skipBadRows: false, ...options });
    expect(await validateRequestFile(output)).toMatchObject({ requests, faultCount: 0 });
  });

  test("ids that a real file has twice are found", async () => {
    await using place = await folder();
    const input = join(data, "open_instruct/eval_instances_tulu_1.jsonl");
    const output = place.at("out.jsonl");
    await expect(createInput({ input, output, request: REQUEST, skipBadRows: false })).rejects.toThrow(
      /line 35 has the custom_id "user_oriented_task_172" that line 12 has already/,
    );
  });
});
