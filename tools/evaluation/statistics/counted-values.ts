import { weightedMean, weightedVariance } from "simple-statistics";

/** A mean and half of its 95 % interval's width; null where one value tells nothing of how they vary. */
export interface MeanEstimate {
  n: number;
  mean: number;
  margin: number | null;
}

/** Values and how often each came up: millions of scores have but some values. */
export class CountedValues {
  readonly #counts = new Map<number, number>();
  #n = 0;

  add(value: number, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    this.#n += count;
  }

  /**
   * Mean +- 1.96 x SEM, SEM = s / sqrt(n), s with n - 1: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2, with the
   * normal quantile for Student's, which is too narrow below some 30 values. Null of nothing.
   */
  estimate(): MeanEstimate | null {
    const n = this.#n;
    if (n === 0) return null;
    const [values, counts] = [[...this.#counts.keys()], [...this.#counts.values()]];
    const margin = n === 1 ? null : 1.96 * Math.sqrt(weightedVariance(values, counts) / (n - 1));
    return { n, mean: weightedMean(values, counts), margin };
  }
}
