import type { Fault } from "../../datasets/reading/source-row.ts";
import { columnsOf } from "../../datasets/recipes/prompt-template.ts";
import { drawnOrder } from "../calls/presentation-order.ts";
import type { Item } from "../items/item.ts";
import { firstFault } from "../judged/first-fault.ts";
import { answerForm, readAnswer } from "../replies/read-answer.ts";
import { type JudgeTemplate, piecesOf } from "../templates/judge-template.ts";
import type { JudgeMethod } from "./judge-method.ts";

/** A user's own template asks for an answer in his JSON schema. */
export const custom: JudgeMethod = {
  flags: ["schema"],
  templateNames: () => ["custom"],
  templates: {},
  placeholders: [["response", "texts", "response_a"]],
  answersInSchema: true,

  headerless: null,
  needsReference: false,
  split: (item) => [item],
  itemFault: ({ templates }, item) => placeholderFault(templates.custom!, item),

  parts: () => ["custom"],
  shown: ({ responses }) => responses,
  order: (judging, item) => drawnOrder(judging, item),

  read: readAnswer,
  form: answerForm,
  conclude({ outcomes, parts }) {
    const answers = Object.values(outcomes).flatMap((outcome) =>
      "verdict" in outcome && "answer" in outcome.verdict ? [outcome.verdict.answer] : [],
    );
    return answers.length > 0 ? { answer: answers[0] } : firstFault(parts)!;
  },

  verdict: "answer",
  scoreNames: {},
  inBatches: [],
};

/** Placeholders that Assay fills in itself; others are members of the row. */
const OWN = ["instruction", "input", "texts", "numbers", "response", "response_a", "response_b"];

/** A user's template shows one response, two, or all; nothing may be left out of sight. */
function placeholderFault(template: JudgeTemplate, item: Item): Fault | undefined {
  const placed = columnsOf(piecesOf(template));
  const count = item.responses.length;
  const most = placed.includes("texts") ? count : placed.includes("response_a") ? 2 : 1;
  if (count !== most) {
    return {
      reason: "wrong_response_count",
      message: `has ${count} responses where the template shows ${most}: use {texts} for any number of them`,
    };
  }
  const known = (name: string) =>
    OWN.includes(name) ||
    (name === "reference" ? item.reference !== undefined : Object.hasOwn(item.extra, name));
  const missing = placed.find((name) => !known(name));
  if (missing === undefined) return undefined;
  return { reason: "missing_column", message: `has no "${missing}", which the template names` };
}
