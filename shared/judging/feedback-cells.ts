import type { JudgedRow } from "./judged-row.ts";

/**
 * The cells of a judged row in a file of feedback: instruction, input, output, rating, or instruction, input, output1,
 * output2, ranking; the reference of a pair is output1. Undefined for methods that have no such file.
 */
export function feedbackCells(row: JudgedRow): string[] | undefined {
  const { instruction, input, responses, reference, rating, ranking } = row;
  if (rating !== undefined) return [instruction, input, responses[0]!, String(rating)];
  if (ranking === undefined) return undefined;
  const compared = reference === undefined ? responses : [reference, ...responses];
  return [instruction, input, compared[0]!, compared[1]!, ranking];
}
