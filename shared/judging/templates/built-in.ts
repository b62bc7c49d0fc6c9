import { helpfulness } from "./helpfulness.ts";
import { honesty } from "./honesty.ts";
import { instructionFollowing } from "./instruction-following.ts";
import { overall } from "./overall.ts";
import { rankings } from "./rankings.ts";
import { ratings } from "./ratings.ts";
import { truthfulness } from "./truthfulness.ts";

/** Assay's own templates, by the aspect or method that they are for. */
export const BUILT_IN: Record<string, string> = {
  instruction_following: instructionFollowing,
  honesty,
  truthfulness,
  helpfulness,
  overall,
  ratings,
  rankings,
  pairwise: rankings,
};
