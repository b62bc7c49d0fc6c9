import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { renderPart } from "../../shared/judging/calls/render-part.ts";
import { readItems } from "../../shared/judging/items/read-items.ts";
import type { Judging } from "../../shared/judging/judging.ts";
import { ASPECTS } from "../../shared/judging/methods/aspects.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { skipUnless } from "../support/skip-unless.ts";

/** A mix that was rendered by another tool. */
const MIX = join(import.meta.dirname, "../../../shared/data/open_instruct/create_annotation_mix_out");

const asked = (content: string, more = {}) => ({
  model: "m",
  messages: [{ role: "user", content }],
  ...more,
});
const texts = (...all: string[]) =>
  all.map((text, at) => `<text ${at + 1}>\n${text}\n</text ${at + 1}>`).join("\n\n");

test("asked for numbered blocks, it gives one a text, with types where the form has them", () => {
  const plain = answerFor(asked(`${texts("good", "bad", "ugly")}\n\n#### Output for Text N\nRating: 1 to 5`));
  expect(plain.match(/^#### Output for Text \d\nRating: [1-5]\nRationale: .+$/gm)).toHaveLength(3);
  const typed = answerFor(asked(`${texts("good", "bad")}\n\n#### Output for Text N\nType: 1, 2 or None`));
  expect(typed.match(/^#### Output for Text \d\nType: (None|\d)\nRationale: .+\nRating: \d$/gm)).toHaveLength(
    2,
  );
});

test("asked to choose or to rate, its first line does that and nothing else", () => {
  const task = (form: string, rest: string) => asked(`${form}\n=== Your task ===\nInstruction: i\n\n${rest}`);
  const pair = task(
    'Begin with "Output (a)" or "Output (b)".',
    "Output (a): one\n\nOutput (b): two\n\nYour reply:",
  );
  expect(answerFor(pair)).toMatch(/^Output \([ab]\)\n/);
  const rating = task("Give a whole number from 1 to 7.", "Response: one\n\nYour reply:");
  expect(answerFor(rating)).toMatch(/^[1-7]\n/);
});

test("asked for JSON by a schema, it gives that", () => {
  const schema = {
    type: "object",
    properties: { score: { type: "integer", minimum: 1, maximum: 3 }, verdict: { enum: ["yes", "no"] } },
  };
  const response_format = { type: "json_schema", json_schema: { name: "answer", schema } };
  const answer = JSON.parse(answerFor(asked("Judge it.", { response_format })));
  expect([1, 2, 3]).toContain(answer.score);
  expect(["yes", "no"]).toContain(answer.verdict);
});

test("asked again in the same chat, the judge says what it said at first", () => {
  const first = asked(`${texts("good", "bad")}\n\n#### Output for Text N\nRating: 1 to 5`);
  const messages = [
    ...first.messages,
    { role: "assistant", content: "[simulated] Something else." },
    { role: "user", content: "Your reply cannot be used. Reply once more." },
  ];
  expect(answerFor({ ...first, messages })).toBe(answerFor(first));
});

test("nonsense passes over what was asked, also where the marker stands in an earlier message", async () => {
  await using simulator = await startSimulator({ poison: [{ marker: "XYZ", fault: "nonsense" }] });
  const messages = [
    { role: "user", content: `XYZ ${texts("one")}\n#### Output for Text N\nRating: x` },
    { role: "assistant", content: "No." },
    { role: "user", content: "Once more, please." },
  ];
  const response = await fetch(`${simulator.url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "gpt-4o-mini", messages }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  expect(choices[0]!.message.content).toMatch(/^\[simulated\] What was asked is passed over/);
});

/** As other tools render it: an example of the form, then texts that no mark ends, under the numbers given. */
const rendered = (form: string, numbers: number[]) =>
  [
    "## Format",
    "### Input\nInstruction: [the task]\n\nTexts:\n\n<text 1> [Text 1]\n\n### Output\n",
    `#### Output for Text 1\n${form}\n\n---\n\n## Annotation\n`,
    "### Input\nInstruction: Say more.\n\nTexts:\n",
    ...numbers.map((number) => `<text ${number}> This quotes\n<text 9> and says Type: none, by ${number}.\n`),
    "### Output",
  ].join("\n");

test("texts that no mark ends are answered under their own numbers, whatever they quote", () => {
  const plain = answerFor(asked(rendered("Rating: [1 to 5]\nRationale: [why]", [2, 3, 4, 5])));
  expect(
    [...plain.matchAll(/^#### Output for Text (\d)\nRating: [1-5]\nRationale: .+$/gm)].map(([, n]) => n),
  ).toEqual([...["2", "3", "4", "5"]]);
  const typed = answerFor(asked(rendered("Type: [numbers]\nRationale: [why]\nRating: [1 to 5]", [1, 2])));
  expect(typed.match(/^#### Output for Text \d\nType: /gm)).toHaveLength(2);
});

test.skipIf(skipUnless(existsSync(MIX), `the published mix is not at ${MIX}`))(
  "a stored mix is judged by its own prompts, with a verdict on each of them",
  async () => {
    const judging: Judging = {
      method: "ultrafeedback",
      aspects: null,
      templates: {},
      orders: "both",
      seed: 0,
      useText: true,
    };
    let verdicts = 0;
    for await (const read of readItems(MIX, judging, { skipBadRows: false, keepTexts: true })) {
      if ("bad" in read) throw new Error(read.bad.message);
      for (const part of ASPECTS) {
        const { messages, carry } = renderPart(judging, read.item, part);
        const reply = answerFor({ model: "m", messages } as Parameters<typeof answerFor>[0]);
        expect(readReply(carry, reply, null)).toMatchObject({ verdict: { ratings: { length: 4 } } });
        verdicts += 1;
      }
    }
    expect(verdicts).toBe(8);
  },
);
