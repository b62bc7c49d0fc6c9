/** Percent, from low to high. */
export type Interval = [low: number, high: number];

/** The standard normal quantile of a 95 % interval. */
const Z = 1.959964;

/**
 * The 95 % interval of a share, in percent, by Wilson: Probable Inference, the Law of Succession, and Statistical Inference,
 * Journal of the American Statistical Association 22, 1927. It stays within 0 and 100 and holds for small numbers too.
 * Null of nothing.
 */
export function shareInterval(successes: number, total: number): Interval | null {
  if (total === 0) return null;
  const share = successes / total;
  const weight = Z ** 2 / total;
  const middle = (share + weight / 2) / (1 + weight);
  const half = (Z / (1 + weight)) * Math.sqrt((share * (1 - share)) / total + weight / (4 * total));
  // Rounding must not keep what is always so from 100.
  return [successes === 0 ? 0 : 100 * (middle - half), successes === total ? 100 : 100 * (middle + half)];
}
