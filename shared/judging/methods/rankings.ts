import { orderOfPair } from "../calls/order-of-pair.ts";
import { splitByPair } from "../items/split-item.ts";
import { concludeRanking } from "../judged/conclude-ranking.ts";
import { CHOICE_FORM, readChoice } from "../replies/read-first-line.ts";
import { rankings as template } from "../templates/rankings.ts";
import type { JudgeMethod } from "./judge-method.ts";

/** Two responses are compared, asked in both orders. */
export const rankings: JudgeMethod = {
  flags: [],
  templateNames: () => ["rankings"],
  templates: { rankings: template },
  placeholders: [["instruction"], ["response_a"], ["response_b"]],
  answersInSchema: false,

  headerless: ["instruction", "input", "response1", "response2"],
  needsReference: false,
  split: splitByPair,
  itemFault: () => undefined,

  parts: () => ["ab", "ba"],
  shown: ({ responses }) => responses,
  order: orderOfPair,

  read: readChoice,
  form: () => CHOICE_FORM,
  conclude: concludeRanking,

  verdict: "ranking",
  scoreNames: {},
  inBatches: [],
};
