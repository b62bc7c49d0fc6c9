import { midRanks } from "./mid-ranks.ts";

/** What may be said of the values: that they differ, that one is above the other, or by how much. */
export type ScaleLevel = "nominal" | "ordinal" | "interval";

/** All values that one thing was given, by however many judges; `count` things were given the same. */
export interface ValuedUnit {
  values: readonly number[];
  count: number;
}

/**
 * Krippendorff's alpha of any number of judges, missing values allowed: 1 - D_o / D_e, with D_o the mean squared difference
 * of two values of one unit and D_e that of any two values. It is the coefficient of Krippendorff: Computing Krippendorff's
 * Alpha-Reliability, 2011, by its coincidences: a unit with m values has m (m - 1) pairs, each weighing 1 / (m - 1), and
 * units with one value have none. His ordinal difference, (n_c / 2 + ... + n_k / 2)^2 over the ranks between c and k, is
 * the squared difference of mid-ranks, and the sums of squared differences come from sums of squares.
 * Null where no two values differ.
 */
export function krippendorffsAlpha(units: readonly ValuedUnit[], level: ScaleLevel): number | null {
  const pairable = units.filter(({ values }) => values.length > 1);
  const position = level === "ordinal" ? ranksOf(pairable) : (value: number) => value;
  const spread = level === "nominal" ? spreadOfNames : spreadOfNumbers;
  let total = 0;
  let observed = 0;
  const all = new Map<number, number>();
  for (const { values, count } of pairable) {
    const within = new Map<number, number>();
    for (const value of values) {
      const at = position(value);
      within.set(at, (within.get(at) ?? 0) + 1);
      all.set(at, (all.get(at) ?? 0) + count);
    }
    total += count * values.length;
    observed += (count * spread(within)) / (values.length - 1);
  }
  const expected = spread(all);
  return expected === 0 ? null : 1 - ((total - 1) * observed) / expected;
}

/** Sum over all ordered pairs of values of 1 where they differ. */
function spreadOfNames(counts: ReadonlyMap<number, number>): number {
  let [total, equal] = [0, 0];
  for (const count of counts.values()) {
    total += count;
    equal += count ** 2;
  }
  return total ** 2 - equal;
}

/** Sum over all ordered pairs of values of their squared difference: 2 (n sum v^2 - (sum v)^2), taken around the mean. */
function spreadOfNumbers(counts: ReadonlyMap<number, number>): number {
  if (counts.size < 2) return 0;
  let [total, sum] = [0, 0];
  for (const [value, count] of counts) {
    total += count;
    sum += count * value;
  }
  const mean = sum / total;
  let squares = 0;
  for (const [value, count] of counts) squares += count * (value - mean) ** 2;
  return 2 * total * squares;
}

/** The rank of a value among all pairable ones. */
function ranksOf(units: readonly ValuedUnit[]): (value: number) => number {
  const counts = new Map<number, number>();
  for (const { values, count } of units) {
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return midRanks(counts);
}
