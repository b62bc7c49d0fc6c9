import { mean, sampleStandardDeviation } from "simple-statistics";

/** A mean and half of its 95 % interval's width; null where one value tells nothing of how they vary. */
export interface MeanEstimate {
  n: number;
  mean: number;
  margin: number | null;
}

/**
 * Mean +- 1.96 x SEM, SEM = s / sqrt(n), s with n - 1: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2, with the
 * normal quantile for Student's, which is too narrow below some 30 values. Null of nothing.
 */
export function estimateMean(values: readonly number[]): MeanEstimate | null {
  const n = values.length;
  if (n === 0) return null;
  const list = values as number[];
  const margin = n === 1 ? null : (1.96 * sampleStandardDeviation(list)) / Math.sqrt(n);
  return { n, mean: mean(list), margin };
}
