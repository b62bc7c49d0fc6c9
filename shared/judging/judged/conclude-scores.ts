import type { Conclusion, JudgedParts } from "../methods/judge-method.ts";
import { firstFault } from "./first-fault.ts";
import { ratingsOf } from "./judged-row.ts";
import { responseMeans } from "./response-means.ts";

/** The mean of each response. A part that could not be read is a missing value; if none could, there is no judgement. */
export function concludeScores({ parts, options }: JudgedParts): Conclusion {
  const isRead = Object.values(parts).some(({ fault }) => fault === undefined);
  return isRead ? responseMeans(ratingsOf({ judgements: { ...parts } }), options) : firstFault(parts)!;
}
