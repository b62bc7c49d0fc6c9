import { drawnOrder } from "../calls/presentation-order.ts";
import { concludeScores } from "../judged/conclude-scores.ts";
import { blocksForm, readRatedBlocks } from "../replies/read-rated-blocks.ts";
import { helpfulness } from "../templates/helpfulness.ts";
import { honesty } from "../templates/honesty.ts";
import { instructionFollowing } from "../templates/instruction-following.ts";
import { truthfulness } from "../templates/truthfulness.ts";
import { ASPECTS, type Aspect, isAspect } from "./aspects.ts";
import type { JudgeMethod } from "./judge-method.ts";

/** All responses to a prompt are rated together, 1 to 5, once for each aspect. */
export const ultrafeedback: JudgeMethod = {
  flags: ["aspects", "useText"],
  templateNames: (aspects) => aspects ?? ASPECTS,
  templates: { instruction_following: instructionFollowing, honesty, truthfulness, helpfulness },
  placeholders: [["instruction"], ["texts"]],
  answersInSchema: false,

  headerless: null,
  needsReference: false,
  split: (item) => [item],
  itemFault(judging, item) {
    const parts = ultrafeedback.parts(judging, item);
    if (parts.length === 0) {
      return {
        reason: "unknown_aspect",
        message: `is about the aspect ${item.aspects?.join(", ")}, not one to judge`,
      };
    }
    const without = judging.useText ? parts.find((part) => item.texts?.[part] === undefined) : undefined;
    if (without === undefined) return undefined;
    return { reason: "no_text", message: `has no "text" that asks for ${without}, as --use_text needs` };
  },

  parts({ aspects }, item) {
    const wanted = aspects ?? item.aspects?.filter(isAspect) ?? ASPECTS;
    return ASPECTS.filter((aspect) => wanted.includes(aspect));
  },
  shown: ({ responses }) => responses,
  order: (judging, item, part) => drawnOrder(judging, item, ASPECTS.indexOf(part as Aspect)),

  read: readRatedBlocks,
  form: blocksForm,
  conclude: concludeScores,

  verdict: "scores",
  scoreNames: {},
  inBatches: ASPECTS,
};
