import type { PairCounts } from "./pair-counts.ts";

/** How grave it is that one judge says `first` and the other `second`: 0 where they agree, and in any unit. */
export type Disagreement = (first: number, second: number) => number;

/** Categories without order: all disagreements are alike. This is kappa as Cohen first had it. */
export const anyDisagreement: Disagreement = (first, second) => (first === second ? 0 : 1);

/** Points of a scale with equal steps: two apart is twice as grave as one. */
export const linearDisagreement: Disagreement = (first, second) => Math.abs(first - second);

/** The same squared: two apart is four times as grave as one. */
export const quadraticDisagreement: Disagreement = (first, second) => (first - second) ** 2;

/**
 * Cohen's kappa of two judges: 1 - D_o / D_e, with D_o the mean disagreement that was observed and D_e the one expected if
 * both gave each value as often as they did, but independently. 1 is full agreement, 0 no more than chance, below 0 less.
 * With `anyDisagreement` it is (p_o - p_e) / (1 - p_e) of Cohen: A Coefficient of Agreement for Nominal Scales, Educational
 * and Psychological Measurement 20, 1960; with others the weighted kappa of Cohen: Weighted Kappa, Psychological Bulletin
 * 70, 1968. Null where no disagreement could have been expected: both gave one and the same value only.
 */
export function cohensKappa(pairs: PairCounts, disagreement: Disagreement): number | null {
  let observed = 0;
  for (const { first, second, count } of pairs.cells()) observed += count * disagreement(first, second);
  const margins = pairs.margins();
  let expected = 0;
  for (const [first, firstCount] of margins.first) {
    for (const [second, secondCount] of margins.second) {
      expected += firstCount * secondCount * disagreement(first, second);
    }
  }
  return expected === 0 ? null : 1 - (observed * pairs.total) / expected;
}
