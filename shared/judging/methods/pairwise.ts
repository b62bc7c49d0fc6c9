import { orderOfPair } from "../calls/order-of-pair.ts";
import { splitByReference } from "../items/split-item.ts";
import { concludeRanking } from "../judged/conclude-ranking.ts";
import { CHOICE_FORM, readChoice } from "../replies/read-first-line.ts";
import { rankings as template } from "../templates/rankings.ts";
import type { JudgeMethod } from "./judge-method.ts";

/** A response is compared with a reference, asked in both orders or in one that is drawn. */
export const pairwise: JudgeMethod = {
  flags: ["orders"],
  templateNames: () => ["pairwise"],
  templates: { pairwise: template },
  placeholders: [["instruction"], ["response_a"], ["response_b"]],
  answersInSchema: false,

  headerless: ["instruction", "input", "response1", "response2"],
  needsReference: true,
  split: splitByReference,
  itemFault: () => undefined,

  parts: ({ orders }) => (orders === "seeded" ? ["seeded"] : ["ab", "ba"]),
  shown: ({ reference, responses }) => (reference ? [reference, ...responses] : responses),
  order: orderOfPair,

  read: readChoice,
  form: () => CHOICE_FORM,
  conclude: concludeRanking,

  verdict: "ranking",
  scoreNames: {},
  inBatches: [],
};
