import type { Method } from "../../contracts/messages/judge-methods.ts";
import { custom } from "./custom.ts";
import type { JudgeMethod } from "./judge-method.ts";
import { overall } from "./overall.ts";
import { pairwise } from "./pairwise.ts";
import { rankings } from "./rankings.ts";
import { ratings } from "./ratings.ts";
import { ultrafeedback } from "./ultrafeedback.ts";

/** How each judge method judges. */
export const METHOD_TABLE: Readonly<Record<Method, JudgeMethod>> = {
  ultrafeedback,
  overall,
  ratings,
  rankings,
  pairwise,
  custom,
};
