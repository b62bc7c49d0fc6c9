import { weightedMean, weightedVariance } from "simple-statistics";
import { midRanks } from "./mid-ranks.ts";
import type { PairCounts } from "./pair-counts.ts";

/**
 * Pearson's correlation of counted pairs: their covariance by the square root of the product of the variances. Null where
 * one of the two does not vary.
 */
export function pearson(pairs: PairCounts): number | null {
  return correlate(
    pairs,
    (first) => first,
    (second) => second,
  );
}

/** Spearman's rank correlation: Pearson's of the ranks, ties at the middle of theirs. */
export function spearman(pairs: PairCounts): number | null {
  const { first, second } = pairs.margins();
  return correlate(pairs, midRanks(first), midRanks(second));
}

type Position = (value: number) => number;

function correlate(pairs: PairCounts, first: Position, second: Position): number | null {
  const cells = [...pairs.cells()];
  if (cells.length < 2) return null;
  const counts = cells.map(({ count }) => count);
  const [one, other] = [cells.map((cell) => first(cell.first)), cells.map((cell) => second(cell.second))];
  const spread = Math.sqrt(weightedVariance(one, counts) * weightedVariance(other, counts));
  if (spread === 0) return null;
  const [oneMean, otherMean] = [weightedMean(one, counts), weightedMean(other, counts)];
  const products = one.map((value, at) => (value - oneMean) * (other[at]! - otherMean));
  return weightedMean(products, counts) / spread;
}
