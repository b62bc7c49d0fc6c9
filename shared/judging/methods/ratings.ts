import { drawnOrder } from "../calls/presentation-order.ts";
import { splitByResponse } from "../items/split-item.ts";
import { concludeScores } from "../judged/conclude-scores.ts";
import { ratingForm, readRating } from "../replies/read-first-line.ts";
import { ratings as template } from "../templates/ratings.ts";
import type { JudgeMethod } from "./judge-method.ts";

const SCALE_TOP = 7;

/** Each response is rated by itself, 1 to 7. */
export const ratings: JudgeMethod = {
  flags: [],
  templateNames: () => ["ratings"],
  templates: { ratings: template },
  placeholders: [["instruction"], ["response"]],
  answersInSchema: false,

  headerless: ["instruction", "input", "response"],
  needsReference: false,
  split: splitByResponse,
  itemFault: () => undefined,

  parts: () => ["ratings"],
  shown: ({ responses }) => responses,
  order: (judging, item) => drawnOrder(judging, item),

  read: (_, text) => readRating(text, SCALE_TOP),
  form: () => ratingForm(SCALE_TOP),
  conclude(judged) {
    const rating = judged.parts.ratings?.ratings?.[0];
    return { ...(typeof rating === "number" && { rating }), ...concludeScores(judged) };
  },

  verdict: "scores",
  scoreNames: { ratings: "rating" },
  inBatches: [],
};
