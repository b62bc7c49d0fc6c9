import { expect, test } from "vitest";
import { readItems } from "../../shared/judging/items/read-items.ts";
import { loadJudging } from "../../shared/judging/load-judging.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

async function itemsOf(row: object | string, method = "overall", name = "a.jsonl") {
  await using folder = await temporaryFolder();
  const judging = await loadJudging({ method });
  const path = await folder.put(name, typeof row === "string" ? row : JSON.stringify(row));
  const items = [];
  for await (const one of readItems(path, judging, { skipBadRows: false })) {
    if ("item" in one) items.push(one.item);
  }
  return items;
}

async function itemIn(row: object | string, method?: string, name?: string) {
  const { instruction, input, responses, extra } = (await itemsOf(row, method, name))[0]!;
  const { asked: _, ...others } = extra;
  return { instruction, input, responses: responses.map(({ text, model }) => [text, model]), extra: others };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

test.each<[string, object, object]>([
  [
    "UltraFeedback",
    {
      source: "flan",
      instruction: "p",
      models: ["m", "n"],
      completions: [
        { model: "m", response: "x", annotations: {}, custom_system_prompt: "s" },
        { model: "n", response: "y", annotations: {} },
      ],
    },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: { source: "flan" },
    },
  ],
  [
    "generations",
    { instruction: "p", generations: ["x", "y"], generation_models: ["m", "n"] },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: {},
    },
  ],
  [
    "AlpacaEval",
    { instruction: "p", output_1: "x", generator_1: "m", output_2: "y", generator_2: "n", preference: 1.7 },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: { preference: 1.7 },
    },
  ],
  [
    "two responses of letters",
    { prompt: "p", response_b: "y", response_a: "x", model_a: "m", model_b: "n", winner: "model_a" },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: { winner: "model_a" },
    },
  ],
  [
    "TRL, texts",
    { prompt: "p", chosen: "x", rejected: "y" },
    {
      responses: [
        ["x", null],
        ["y", null],
      ],
      extra: {},
    },
  ],
  [
    "TRL, messages, with their models",
    {
      prompt: [user("p")],
      chosen: [assistant("x")],
      rejected: [assistant("y")],
      chosen_rating: 5,
      rejected_rating: 2,
      chosen_model: "m",
      rejected_model: "n",
    },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: { chosen_rating: 5, rejected_rating: 2 },
    },
  ],
  [
    "whole chats beside their prompt",
    { prompt: "p", chosen: [user("p"), assistant("x")], rejected: [user("p"), assistant("y")] },
    {
      responses: [
        ["x", null],
        ["y", null],
      ],
      extra: {},
    },
  ],
  [
    "whole chats alone",
    { chosen: [user("p"), assistant("x")], rejected: [user("p"), assistant("y")] },
    {
      responses: [
        ["x", null],
        ["y", null],
      ],
      extra: {},
    },
  ],
  [
    "chats as JSON in texts",
    {
      chosen: JSON.stringify([user("p"), assistant("x")]),
      rejected: JSON.stringify([user("p"), assistant("x")]),
    },
    {
      responses: [
        ["x", null],
        ["x", null],
      ],
      extra: {},
    },
  ],
  [
    "hh-rlhf",
    { chosen: "\n\nHuman: p\n\nAssistant: x", rejected: "\n\nHuman: p\n\nAssistant: y" },
    {
      responses: [
        ["x", null],
        ["y", null],
      ],
      extra: {},
    },
  ],
  [
    "an arena's conversations",
    {
      question_id: "q",
      model_a: "m",
      model_b: "n",
      winner: "tie",
      conversation_a: [user("p"), assistant("x")],
      conversation_b: [user("p"), assistant("y")],
    },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: { question_id: "q", winner: "tie" },
    },
  ],
  [
    "an arena's lists of turns",
    { id: 1, prompt: '["p"]', response_a: '["x"]', response_b: '["y"]', model_a: "m", model_b: "n" },
    {
      responses: [
        ["x", "m"],
        ["y", "n"],
      ],
      extra: {},
    },
  ],
  [
    "MT-bench, one question",
    {
      question_id: 81,
      turns: ["p"],
      model_id: "m",
      choices: [
        { index: 0, turns: ["x"] },
        { index: 1, turns: ["y"] },
      ],
    },
    {
      responses: [
        ["x", "m"],
        ["y", "m"],
      ],
      extra: { question_id: 81 },
    },
  ],
  [
    "a question in turns with its answer in a column",
    { turns: ["p"], response: "x", model: "m" },
    { responses: [["x", "m"]], extra: {} },
  ],
  [
    "a chat with its answer",
    { messages: [user("p"), assistant("x")], model: "m" },
    { responses: [["x", "m"]] },
  ],
  [
    "a transcript",
    { transcript: "\n\nHuman: p\n\nAssistant: x", tags: [] },
    { responses: [["x", null]], extra: { tags: [] } },
  ],
  [
    "a transcript as the prompt",
    { prompt: "\n\nHuman: p\n\nAssistant:", response: "x" },
    { responses: [["x", null]] },
  ],
])("%s is recognised", async (_, row, expected) => {
  expect(await itemIn(row)).toMatchObject({ instruction: "p", input: "", ...expected });
});

test("several turns are the prompt as far as they are shared, and the response from where they part", async () => {
  const shared = "\n\nHuman: p\n\nAssistant: a\n\nHuman: q";
  const last = await itemIn({ chosen: `${shared}\n\nAssistant: x`, rejected: `${shared}\n\nAssistant: y` });
  expect(last.instruction).toBe("User:\np\n\nAssistant:\na\n\nUser:\nq");
  expect(last.responses).toEqual([
    ["x", null],
    ["y", null],
  ]);
  const early = await itemIn({
    conversation_a: [user("p"), assistant("x"), user("q"), assistant("x2")],
    conversation_b: [user("p"), assistant("y"), user("q"), assistant("y2")],
  });
  expect(early.instruction).toBe("p");
  expect(early.responses[1]![0]).toBe("Assistant:\ny\n\nUser:\nq\n\nAssistant:\ny2");
  const choices = await itemIn({
    turns: ["p", "q"],
    choices: [{ turns: ["x", "x2"] }, { turns: ["y", "y2"] }],
  });
  expect(choices.responses[1]).toEqual(early.responses[1]);
});

test("a human judgement of MT-bench about the first question shows the first only", async () => {
  const conversation = (text: string) => [user("p"), assistant(text), user("q"), assistant(`${text}2`)];
  const row = { turn: 1, conversation_a: conversation("x"), conversation_b: conversation("y") };
  expect(await itemIn(row)).toMatchObject({
    instruction: "p",
    responses: [
      ["x", null],
      ["y", null],
    ],
  });
});

test("a system message of a preference stands above its prompt", async () => {
  const row = { system: "Be brief.", question: "p", chosen: "x", rejected: "y" };
  expect(await itemIn(row)).toMatchObject({ instruction: "Be brief.\n\np", extra: {} });
});

test("preferences in a CSV need no prompt beside their transcripts", async () => {
  const csv = 'chosen,rejected\n"\n\nHuman: p\n\nAssistant: x","\n\nHuman: p\n\nAssistant: y"\n';
  expect(await itemIn(csv, "overall", "a.csv")).toMatchObject({ instruction: "p" });
});

test("what is missing in a known shape is said", async () => {
  const refused = (row: object) => itemsOf(row);
  await expect(
    refused({ chosen: [user("p"), assistant("x")], rejected: [user("o"), assistant("y")] }),
  ).rejects.toThrow("has no question in chosen and rejected that an answer follows in each");
  await expect(refused({ turns: ["p", "q"], response: "x" })).rejects.toThrow(
    'has 2 questions in "turns" and no "choices" with an answer to each',
  );
  await expect(refused({ turns: ["p", "q"], choices: [{ turns: ["x"] }] })).rejects.toThrow(
    "has 2 questions and 1 answers in choice 1",
  );
  await expect(refused({ prompt: "p", chosen: 5, rejected: "y" })).rejects.toThrow(
    'has a number in "chosen"',
  );
});
