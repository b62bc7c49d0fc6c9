import { drawnOrder } from "../calls/presentation-order.ts";
import { concludeScores } from "../judged/conclude-scores.ts";
import { blocksForm, readRatedBlocks } from "../replies/read-rated-blocks.ts";
import { overall as template } from "../templates/overall.ts";
import type { JudgeMethod } from "./judge-method.ts";

/** All responses to a prompt are rated together as a whole, 1 to 5, in one call. */
export const overall: JudgeMethod = {
  flags: [],
  templateNames: () => ["overall"],
  templates: { overall: template },
  placeholders: [["instruction"], ["texts"]],
  answersInSchema: false,

  headerless: null,
  needsReference: false,
  split: (item) => [item],
  itemFault: () => undefined,

  parts: () => ["overall"],
  shown: ({ responses }) => responses,
  order: (judging, item) => drawnOrder(judging, item),

  read: readRatedBlocks,
  form: blocksForm,
  conclude: concludeScores,

  verdict: "scores",
  scoreNames: {},
  inBatches: ["overall"],
};
