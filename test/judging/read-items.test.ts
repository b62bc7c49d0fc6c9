import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { partsOf } from "../../shared/judging/calls/parts.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { type JudgingFlags, loadJudging } from "../../shared/judging/load-judging.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { askedOf } from "../../shared/prompts/asked.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { skipUnless } from "../support/skip-unless.ts";

const DATA = join(import.meta.dirname, "../../../shared/data");
const MIX = join(DATA, "open_instruct/create_annotation_mix_out");
const skips = skipUnless(existsSync(MIX), `the published mix is not at ${MIX}`);

type Options = Parameters<typeof readItems>[2];

async function read(path: string, flags: JudgingFlags | string, options?: Options) {
  const judging = await loadJudging(typeof flags === "string" ? { method: flags } : flags);
  const items = [];
  for await (const one of readItems(path, judging, options)) items.push(one);
  return items;
}

async function readText(name: string, content: string, flags: JudgingFlags | string, options?: Options) {
  await using folder = await temporaryFolder();
  const items = await read(await folder.put(name, content), flags, options);
  return items.map((one) => ("item" in one ? one.item : one.bad.message.replace(folder.path, "")));
}

const texts = (items: Awaited<ReturnType<typeof readText>>) =>
  items.map((item) => (typeof item === "string" ? item : item.responses.map(({ text }) => text)));

test.each([
  ["Instruction,Input,Generated_Text\np,,x\n"],
  ["INSTRUCTION,OUTPUT\np,x\n"],
  ["question,answer,Topic\np,x,t\n"],
  ['instruction,responses\np,"[""x""]"\n'],
  ['messages,model,response\n"[{""role"":""user"",""content"":""p""}]",m,x\n'],
])("a header is known by any name that rows are read by, in any case: %j", async (text) => {
  const [item, ...more] = await readText("a.csv", text, "ratings");
  expect(item).toMatchObject({ instruction: "p", responses: [{ text: "x" }] });
  expect(more).toEqual([]);
});

test("a header without a response is an error, not a row to be judged", async () => {
  const refused = readText("a.csv", "instruction,input,reply\np,,x\n", "ratings");
  await expect(refused).rejects.toThrow("begins with a header");
  await expect(refused).rejects.toThrow("no column is known as a response");
});

test("a reference that is no text matters only to the method that needs one", async () => {
  const rows = JSON.stringify({ instruction: "p", output: "x", reference: ["r", "s"] });
  const [item] = await readText("a.jsonl", rows, "ratings");
  expect(item).toMatchObject({ responses: [{ text: "x" }], extra: { reference: ["r", "s"] } });
  await expect(readText("a.jsonl", rows, "pairwise")).rejects.toThrow('has no text in "reference"');
});

test("each known form of a row gives an item", async () => {
  const forms = [
    { id: 7, instruction: "p", input: null, responses: ["x", "y"], topic: "t" },
    {
      id: "7",
      prompt: "p",
      completions: [
        { model: "m", completion: "x" },
        { model: "n", completion: "y" },
      ],
      topic: "t",
    },
    {
      prompt_hash: "7",
      text: "p",
      outputs: [{ index: 0, text: "x", token_ids: [1] }, { text: "y" }],
      topic: "t",
    },
    { custom_id: "7", instruction: "p", output1: "x", output2: "y", topic: "t" },
    {
      id: "7",
      raw_text: "p",
      models: ["m", "n"],
      completions: ["x", "y"],
      text: "long",
      aspect: "honesty",
      topic: "t",
    },
    { id: "7", messages: [{ role: "user", content: "p" }], responses: ["x", "y"], topic: "t" },
    { id: "7", dataset: "d", instruction: "p", outputs: ["x", "y"], generator: "m", topic: "t" },
  ];
  const items = await readText("rows.jsonl", forms.map((form) => JSON.stringify(form)).join("\n"), "overall");
  expect(texts(items)).toEqual(forms.map(() => ["x", "y"]));
  for (const item of items)
    expect(item).toMatchObject({ id: "7", instruction: "p", input: "", extra: { topic: "t" } });
  const models = items.map((item) => typeof item !== "string" && item.responses.map(({ model }) => model));
  const [none, two] = [
    [null, null],
    ["m", "n"],
  ];
  expect(models).toEqual([none, two, none, none, two, none, ["m", "m"]]);
});

test("a method that judges one or two at a time makes several items of a row", async () => {
  const row = JSON.stringify([{ id: "r", instruction: "p", responses: ["x", "y", "z"] }]);
  const rated = await readText("rows.json", row, "ratings");
  expect(rated.map((item) => typeof item !== "string" && item.id)).toEqual(["r.0", "r.1", "r.2"]);
  const ranked = await readText("rows.json", row, "rankings");
  expect(texts(ranked)).toEqual([
    ["x", "y"],
    ["x", "z"],
    ["y", "z"],
  ]);
  expect(ranked.map((item) => typeof item !== "string" && item.id)).toEqual(["r.0.1", "r.0.2", "r.1.2"]);
});

test("CSV is read with and without a header, with a mark, CRLF and an input that is nan", async () => {
  const bare = 'p,nan,x\r\n"q, ""q""",in,"y\nz"\r\n';
  const expected = [
    { id: "0", instruction: "p", input: "", responses: [{ text: "x", model: null }], extra: {} },
    { id: "1", instruction: 'q, "q"', input: "in", responses: [{ text: "y\nz", model: null }], extra: {} },
  ];
  expect(await readText("a.csv", bare, "ratings")).toEqual(expected);
  expect(await readText("a.csv", `\uFEFFinstruction,input,response\r\n${bare}`, "ratings")).toEqual(expected);
  expect(texts(await readText("a.csv", "p,,x,y\n", "rankings"))).toEqual([["x", "y"]]);
  expect(texts(await readText("a.csv", "prompt,response2,response1\np,y,x\n", "overall"))).toEqual([
    ["x", "y"],
  ]);
  await expect(readText("a.csv", "p,,x,y\n", "overall")).rejects.toThrow(
    /has no header with a prompt and responses/,
  );
});

test("a pair against a reference has it in the row, first of two columns, or as a model's response", async () => {
  const own = JSON.stringify({ instruction: "p", output: "x", reference: "r" });
  expect(await readText("a.jsonl", own, "pairwise")).toMatchObject([
    { responses: [{ text: "x" }], reference: { text: "r", model: null } },
  ]);
  expect(await readText("a.csv", "p,,r,x\n", "pairwise")).toMatchObject([
    { responses: [{ text: "x" }], reference: { text: "r" } },
  ]);
  const models = {
    id: "a",
    prompt: "p",
    completions: ["m", "n", "o"].map((model) => ({ model, completion: `${model}!` })),
  };
  const items = await readText("a.jsonl", JSON.stringify(models), "pairwise", { referenceModel: "n" });
  expect(items).toMatchObject([
    { id: "a.0", responses: [{ text: "m!" }], reference: { text: "n!", model: "n" } },
    { id: "a.1", responses: [{ text: "o!" }], reference: { text: "n!" } },
  ]);
  await expect(readText("a.jsonl", JSON.stringify(models), "pairwise")).rejects.toThrow(
    /has no reference to compare with/,
  );
});

const BAD: [string, string, string, string][] = [
  ["a.jsonl", '{"instruction": "p", "responses": []}', "overall", "/a.jsonl line 1 has no responses."],
  [
    "a.jsonl",
    '{"instruction": "p", "responses": ["x", null]}',
    "overall",
    "/a.jsonl line 1 has null as response 2 where text is needed.",
  ],
  [
    "a.jsonl",
    '{"instruction": "p", "responses": ["x"]}',
    "rankings",
    "/a.jsonl line 1 has one response where two are to be compared.",
  ],
  [
    "a.jsonl",
    '{"instruction": " ", "responses": ["x"]}',
    "ratings",
    '/a.jsonl line 1 has an empty "instruction".',
  ],
  [
    "a.jsonl",
    '{"responses": ["x"]}',
    "ratings",
    "/a.jsonl line 1 has no prompt in a column raw_text, instruction, prompt, user_prompt, question, text.",
  ],
  [
    "a.jsonl",
    '{"raw_text": "p", "models": ["m"], "completions": ["x", "y"]}',
    "overall",
    "/a.jsonl line 1 has 1 models for 2 responses.",
  ],
  [
    "a.jsonl",
    '{"id": [1], "prompt": "p", "response": "x"}',
    "ratings",
    '/a.jsonl line 1 has a list in "id" where text or a number is needed.',
  ],
  ["a.jsonl", "{not json", "ratings", "/a.jsonl line 1 is not valid JSON"],
  ["a.jsonl", "7", "ratings", "is a number where an object is needed"],
  [
    "a.csv",
    "instruction,input,response\np,x",
    "ratings",
    "/a.csv line 2 has 2 cells where instruction,input,response are 3.",
  ],
  ["a.csv", "p,,x,y", "ratings", "/a.csv line 1 has 4 cells where instruction,input,response are 3."],
];

test.each(BAD)(
  "%s with %s is a bad item of %s that keeps its number",
  async (name, content, method, message) => {
    const good = name.endsWith(".csv") ? "p,,x" : '{"prompt": "p", "responses": ["x", "y"]}';
    const all = `${content}\n${good}\n`;
    const kept = await readText(name, all, method, { skipBadRows: true });
    expect(kept[0]).toContain(message);
    expect(kept.slice(1).every((item) => typeof item !== "string")).toBe(true);
    await expect(readText(name, all, method)).rejects.toThrow(
      /: mend or remove it, or leave such rows out with --skip_bad_rows\.$/,
    );
    await expect(readText(name, content, method, { skipBadRows: true })).rejects.toThrow(
      /has no row that can be judged: /,
    );
  },
);

test("a prompt may be a chat, its system message and earlier turns above the last", async () => {
  const turns = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "p" },
  ];
  const row = (prompt: object[]) => JSON.stringify({ prompt, response: "x" });
  expect(await readText("a.jsonl", row(turns), "ratings")).toMatchObject([{ instruction: "Be brief.\n\np" }]);
  const longer = [...turns, { role: "assistant", content: "?" }, { role: "user", content: "q" }];
  expect(await readText("a.jsonl", row(longer), "ratings")).toMatchObject([
    {
      instruction: "System:\nBe brief.\n\nUser:\np\n\nAssistant:\n?\n\nUser:\nq",
      extra: { asked: { messages: longer } },
    },
  ]);
});

test("an empty response is a response", async () => {
  expect(texts(await readText("a.csv", "p,,\n", "ratings"))).toEqual([[""]]);
});

test("a custom template must show all responses, and names columns that are there", async () => {
  await using folder = await temporaryFolder();
  const schema = await folder.put(
    "s.json",
    '{"type":"object","properties":{},"required":[],"additionalProperties":false}',
  );
  const row = '{"prompt": "p", "responses": ["x", "y"], "topic": "t"}';
  const custom = async (text: string) => {
    const promptTemplate = await folder.put("t.md", text);
    return await readText("a.jsonl", row, { method: "custom", promptTemplate, schema });
  };
  expect(await custom("{topic} {texts}")).toHaveLength(1);
  await expect(custom("{response}")).rejects.toThrow(
    /has 2 responses where the template shows 1: use \{texts\}/,
  );
  await expect(custom("{texts} {topics}")).rejects.toThrow(/has no "topics", which the template names/);
  await expect(custom("{texts} {reference}")).rejects.toThrow(/has no "reference", which/);
});

test.skipIf(skips)("one file of a mix is about its aspect; its folder is about all", async () => {
  const judging = await loadJudging({ method: "ultrafeedback" });
  const one = await read(join(MIX, "full/honesty-full.jsonl"), "ultrafeedback");
  expect(one.map((each) => "item" in each && partsOf(judging, each.item))).toEqual([
    ["honesty"],
    ["honesty"],
  ]);
  for (const path of [MIX, join(MIX, "full")]) {
    const all = await read(path, "ultrafeedback");
    expect(all.map((each) => "item" in each && partsOf(judging, each.item).length)).toEqual([4, 4]);
  }
});

test.skipIf(skips)("texts of a mix are sent as they are, under the numbers that stand in them", async () => {
  const judging = await loadJudging({ method: "ultrafeedback", useText: true });
  const [first] = await read(MIX, { method: "ultrafeedback", useText: true });
  if (!first || "bad" in first) throw new Error("no item");
  const numbers = partsOf(judging, first.item).map(
    (part) => renderPart(judging, first.item, part).carry.numbers,
  );
  expect(numbers).toEqual([
    [2, 3, 4, 5],
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
  const { messages, carry } = renderPart(judging, first.item, "honesty");
  expect(messages[0]!.content).toBe(first.item.texts!.honesty);
  expect(carry).toMatchObject({ order: [0, 1, 2, 3], template: { name: "text" } });
});

test("texts are needed for --use_text, and files of one mix for a folder", async () => {
  await using folder = await temporaryFolder();
  const row = (id: string) => `${JSON.stringify({ id, raw_text: "p", completions: ["x"], models: ["m"] })}\n`;
  const path = await folder.put("helpfulness-full.jsonl", row("a") + row("b"));
  await expect(read(path, { method: "ultrafeedback", useText: true })).rejects.toThrow(
    /has no "text" that asks for/,
  );
  await folder.put("honesty-full.jsonl", row("a") + row("c"));
  await expect(read(folder.path, "ultrafeedback")).rejects.toThrow(
    /line 2 and .* line 2 differ in "id": give files of one mix/,
  );
  await folder.put("honesty-full.jsonl", row("a"));
  await expect(read(folder.path, "ultrafeedback")).rejects.toThrow(/has fewer rows than/);
});

test.skipIf(skips)("published files are read as they are", async () => {
  const sparse = join(DATA, "sparse_feedback");
  const count = async (path: string, method: string, options?: Options) =>
    (await read(path, method, options)).length;
  expect(await count(join(sparse, "sample_generation.json"), "ratings")).toBe(100);
  expect(await count(join(sparse, "ratings_sample_generation.csv"), "ratings")).toBe(100);
  expect(await count(join(sparse, "sample_generation.json"), "rankings")).toBe(200);
  expect(await count(join(sparse, "rankings_sample_generation.csv"), "rankings")).toBe(200);
  expect(await count(join(sparse, "rankings_for_llm_eval.csv"), "pairwise")).toBe(553);
  expect(await count(join(sparse, "davinci_for_llm_eval.csv"), "ratings")).toBe(553);
  expect(await count(join(sparse, "ratings_alpaca.json"), "ratings")).toBe(553);
  const tulu = join(DATA, "open_instruct/eval_instances_tulu_1.jsonl");
  expect(await count(tulu, "pairwise", { referenceModel: "chatgpt", skipBadRows: true })).toBe(996);
  expect(await count(tulu, "ultrafeedback")).toBe(996);
});

test("what was asked is judged, whatever the columns of its row say", async () => {
  const asked = askedOf([{ role: "user", content: "Which is it?" }]);
  const generated = { text: "the answer is in here", instruction: "other", asked, outputs: [{ text: "x" }] };
  const [item] = await readText("a.jsonl", JSON.stringify(generated), "ratings");
  expect(item).toMatchObject({ instruction: "Which is it?", input: "", responses: [{ text: "x" }] });
  const mixed = { raw_text: "Which was it?", models: ["m"], completions: ["x"], aspect: "honesty", asked };
  await expect(readText("a.jsonl", JSON.stringify(mixed), "ultrafeedback")).rejects.toThrow(
    'has another prompt in "raw_text" than was asked by its "asked"',
  );
  const alpaca = askedOf([{ role: "user", content: alpacaPrompt("Do it", "with this") }]);
  const [unwrapped] = await readText("a.jsonl", JSON.stringify({ asked: alpaca, outputs: ["x"] }), "ratings");
  expect(unwrapped).toMatchObject({ instruction: "Do it", input: "with this" });
});
