import type { JudgedRow } from "../../../../shared/judging/judged/judged-row.ts";

/** A judged row as a record of feedback. */
export function feedbackRow({ instruction, input, responses, rating, ranking }: JudgedRow): string[] {
  return [instruction, input, ...responses, String(rating ?? ranking)];
}
