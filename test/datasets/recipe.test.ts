import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExactJson } from "../../shared/datasets/json/exact-json.ts";
import { messagesOf, type PreparedRow } from "../../shared/datasets/preparing/prepared-row.ts";
import { chooseRecipe, type Mapping } from "../../shared/datasets/recipes/choose-recipe.ts";
import { parseColumns } from "../../shared/datasets/recipes/column-roles.ts";
import { applyRecipe } from "../../shared/datasets/recipes/recipe.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";

const prepare = (row: Record<string, unknown>, mapping: Mapping = {}) =>
  applyRecipe(chooseRecipe(mapping, Object.keys(row), "x.json"), row);
const faultOf = (row: Record<string, unknown>, mapping: Mapping = {}) => {
  const prepared = prepare(row, mapping);
  return "fault" in prepared ? `${prepared.fault.reason}: ${prepared.fault.message}` : prepared;
};
const prompt = (user: string, original: unknown = null, system = "") => ({
  system_prompt: system,
  user_prompt: user,
  annotation_original: original,
});

describe("Alpaca rows", () => {
  test("the prompt has the form with an input and the form without, and ends at the response header", () => {
    expect(alpacaPrompt("Add.", "1 2")).toMatch(
      /^Below.*\n\n### Instruction:\nAdd\.\n\n### Input:\n1 2\n\n### Response:$/,
    );
    expect(alpacaPrompt("Add.")).toMatch(
      /^Below [^#]*request\.\n\n### Instruction:\nAdd\.\n\n### Response:$/,
    );
  });

  test.each([[{ input: "" }], [{ input: null }], [{}]])(
    "an empty, null or missing input takes the form without: %j",
    (input) => {
      expect(prepare({ instruction: "Add.", output: "3", ...input })).toEqual(
        prompt(alpacaPrompt("Add."), "3"),
      );
    },
  );

  test("the answer may be named output, response, completion or answer, and is kept whatever it is", () => {
    for (const name of ["output", "response", "completion", "answer"]) {
      const answer = { deep: [1, null, { a: "b" }] };
      expect(prepare({ instruction: "i", [name]: answer })).toEqual(prompt(alpacaPrompt("i"), answer));
    }
  });

  test.each([
    [
      { instruction: null, output: "a" },
      'no_instruction: has no instruction: its column "instruction" is null',
    ],
    [{ instruction: "  " }, 'no_instruction: has no instruction: its column "instruction" is empty'],
    [{ instruction: 7 }, 'instruction_not_text: has a number in column "instruction" where text is needed'],
    [{ instruction: ["a"] }, 'instruction_not_text: has a list in column "instruction" where text is needed'],
    [
      { instruction: "i", input: { a: 1 } },
      'input_not_text: has an object in column "input" where text is needed',
    ],
  ])("%j is a fault", (row, fault) => {
    expect(faultOf(row)).toBe(fault);
  });

  test("a row without the column that the others have says which columns it has", () => {
    const recipe = chooseRecipe({}, ["instruction"], "x");
    expect(applyRecipe(recipe, { text: "a", id: 1 })).toMatchObject({
      fault: { message: 'has no instruction: there is no "instruction" among its columns (text, id)' },
    });
    for (const value of [1, "a", null, [1], parseExactJson("1.10")]) {
      expect(applyRecipe(recipe, value)).toMatchObject({ fault: { reason: "not_an_object" } });
    }
  });
});

describe("chats", () => {
  const user = { role: "user", content: "Q" };
  const answer = { role: "assistant", content: "A" };

  test("one question with its answer needs no messages of its own", () => {
    expect(prepare({ messages: [user, answer] })).toEqual(prompt("Q", "A"));
    expect(prepare({ messages: [{ role: "system", content: "S" }, user] })).toEqual(prompt("Q", null, "S"));
    expect(prepare({ messages: [{ role: "system", content: "" }, user] })).toEqual(prompt("Q"));
    expect(prepare({ messages: [user], response: "R" })).toEqual(prompt("Q", "R"));
  });

  test("ShareGPT's conversations are the same in other words", () => {
    const conversations = [
      { from: "system", value: "S" },
      { from: "human", value: "Q1" },
      { from: "gpt", value: "A1" },
      { from: "human", value: "Q2" },
      { from: "gpt", value: "A2" },
    ];
    expect(prepare({ conversations })).toEqual({
      ...prompt("Q2", "A2", "S"),
      messages: [
        { role: "system", content: "S" },
        { role: "user", content: "Q1" },
        { role: "assistant", content: "A1" },
        { role: "user", content: "Q2" },
      ],
    });
  });

  test("tool calls and content in parts are kept, other fields of a message are not", () => {
    const parts = [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "data:," } },
    ];
    const call = { role: "assistant", content: null, tool_calls: [{ id: "1" }], weight: 0 };
    const row = {
      messages: [
        { ...user, content: parts },
        call,
        { role: "tool", content: "4", tool_call_id: "1" },
        { ...answer, weight: 1 },
      ],
    };
    expect(prepare(row)).toEqual({
      ...prompt("look", "A"),
      messages: [
        { role: "user", content: parts },
        { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
        { role: "tool", content: "4", tool_call_id: "1" },
      ],
    });
    expect(prepare({ messages: [user, call] })).toEqual(
      prompt("Q", { content: null, tool_calls: [{ id: "1" }] }),
    );
  });

  test("a system prompt that the user gives takes the place of the chat's, a system column only fills a gap", () => {
    const messages = [{ role: "system", content: "S" }, user];
    expect(prepare({ messages }, { system: "mine" })).toEqual(prompt("Q", null, "mine"));
    expect(prepare({ messages }, { system: "" })).toEqual(prompt("Q"));
    expect(prepare({ messages: [user], system: "row's" })).toEqual(prompt("Q", null, "row's"));
    expect(prepare({ messages, system: "row's" })).toEqual(prompt("Q", null, "S"));
  });

  test("a chat as JSON text, as CSV carries it, is read; a prompt may be a chat", () => {
    expect(prepare({ messages: JSON.stringify([user, answer]) })).toEqual(prompt("Q", "A"));
    expect(prepare({ prompt: [user], completion: [answer] })).toEqual(prompt("Q", "A"));
    expect(prepare({ prompt: [user, answer, user], completion: null }).valueOf()).toMatchObject({
      messages: [user, answer, user],
    });
  });

  test.each([
    [[], "empty_messages"],
    ["hello", "messages_not_a_list"],
    [null, "messages_not_a_list"],
    ["[not json", "messages_not_a_list"],
    [[answer], "no_user_turn"],
    [[{ role: "user", content: " " }], "no_instruction"],
    [[{ role: "boss", content: "x" }], "unknown_role"],
    [[{ content: "x" }], "unknown_role"],
    [[{ role: "user", content: 4 }], "message_not_understood"],
    [["hi"], "message_not_understood"],
  ])("%j is a fault", (messages, reason) => {
    expect(faultOf({ messages })).toMatch(new RegExp(`^${reason}: `));
  });

  test("any chat is sent as it stood, less its final answer", () => {
    const turn = fc.record({
      role: fc.constantFrom("user", "assistant", "system"),
      content: fc.string({ minLength: 1 }),
    });
    const chat = fc
      .array(turn, { minLength: 1 })
      .filter((turns) => turns.some(({ role, content }) => role === "user" && content.trim() !== ""));
    fc.assert(
      fc.property(chat, (messages) => {
        const prepared = prepare({ messages });
        if ("fault" in prepared) {
          expect(prepared.fault.reason).toBe("no_instruction");
          return;
        }
        const ends = messages.at(-1)!.role === "assistant";
        expect(messagesOf(prepared as PreparedRow)).toEqual(ends ? messages.slice(0, -1) : messages);
        expect(prepared.annotation_original).toBe(ends ? messages.at(-1)!.content : null);
      }),
    );
  });
});

describe("choosing", () => {
  test.each([
    [{ prompt: "P", response: "R" }, prompt("P", "R")],
    [{ text: "T", id: 4 }, prompt("T")],
    [{ question: "Q", answer: "A", system_prompt: "S" }, prompt("Q", "A", "S")],
    [
      { system_prompt: "S", user_prompt: "U", annotation_original: "old", annotation: "new" },
      prompt("U", "old", "S"),
    ],
    [{ prompt: "P", messages: [{ role: "user", content: "M" }] }, prompt("M")],
    [{ text: "T", instruction: "I" }, prompt(alpacaPrompt("I"))],
  ])("the usual names are known: %j", (row, wanted) => {
    expect(prepare(row)).toEqual(wanted);
  });

  test("columns map any names, and an empty name says that there is none", () => {
    const row = { q: "Q", ctx: "C", a: "A", input: "other", sys: "S" };
    expect(prepare(row, { columns: "instruction=q,input=ctx,output=a" })).toEqual(
      prompt(alpacaPrompt("Q", "C"), "A"),
    );
    expect(prepare(row, { columns: "instruction=q, input=" })).toEqual(prompt(alpacaPrompt("Q")));
    expect(prepare(row, { columns: "prompt=q,output=a,system=sys" })).toEqual(prompt("Q", "A", "S"));
    expect(parseColumns("prompt=a, b,output=c=d")).toEqual({ prompt: "a, b", output: "c=d" });
  });

  test("known hub datasets have fixed recipes, which the user's columns and template override", () => {
    const row = { question: "Q", answer: "A", instruction: "not this", system: "nor this" };
    const repo = "glaiveai/glaive-code-assistant";
    expect(prepare(row, { repo })).toEqual(prompt("Q", "A"));
    expect(prepare(row, { repo, columns: "instruction=instruction" })).toMatchObject({
      user_prompt: alpacaPrompt("not this"),
    });
    expect(prepare(row, { repo, template: "{answer}?" })).toMatchObject({ user_prompt: "A?" });
  });

  test("a template joins columns, in any type", () => {
    const row = { a: "x", n: parseExactJson("1.50"), list: [1, "b"], none: null, output: "O" };
    expect(prepare(row, { template: "{{{a}}} {n} {list}{none}!", system: "S" })).toEqual(
      prompt('{x} 1.50 [1,"b"]!', "O", "S"),
    );
    expect(faultOf({ a: "" }, { template: " {a}" })).toMatch(/^no_instruction: gives an empty prompt/);
  });

  test.each([
    [
      { columns: "prompt=questoin" },
      'x.json has no column "questoin": did you mean "question"? Its columns are question, ctx.',
    ],
    [{ columns: "promt=question" }, 'there is no role "promt", did you mean prompt'],
    [{ columns: "question" }, '"question" is not role=column'],
    [{ columns: "prompt=question,instruction=ctx" }, "instruction and prompt exclude each other"],
    [{ columns: "prompt=question,input=ctx" }, "input goes with instruction"],
    [{ columns: "system=ctx", system: "S" }, "--system and the role system in --columns exclude each other"],
    [{ columns: "prompt=question", template: "{ctx}" }, "--columns cannot name prompt too"],
    [{ template: "no column" }, "names no column in braces"],
    [{ template: "{ctx" }, 'has a single "{"'],
  ])("%j is refused in one sentence", (mapping, message) => {
    expect(() => prepare({ question: "Q", ctx: "C" }, mapping)).toThrow(message);
  });

  test("columns without any known name are listed with the way out", () => {
    expect(() => prepare({ model: "m", input: "i" })).toThrow(
      "x.json has no column that Assay knows a prompt by (its columns: model, input): name it, e.g. --columns prompt=input",
    );
  });

  test("a table whose cells other signs than commas separate is told as that", () => {
    expect(() => prepare({ "instruction;output": "Say hi;hi" })).toThrow(
      'x.json has one column only, "instruction;output": if ";" separates its cells, save it with commas, or with tabs as .tsv.',
    );
  });
});
