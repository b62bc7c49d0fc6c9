import type { JudgedRow } from "../../shared/judging/judged-row.ts";

/** Methods whose judged rows can be written as the CSV of feedback, with its columns. */
export const FEEDBACK_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  ratings: ["instruction", "input", "output", "rating"],
  rankings: ["instruction", "input", "output1", "output2", "ranking"],
};

/** A judged row as a record of feedback. */
export function feedbackRow({ instruction, input, responses, rating, ranking }: JudgedRow): string[] {
  return [instruction, input, ...responses, String(rating ?? ranking)];
}
