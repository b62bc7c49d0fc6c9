import { estimateMean } from "./mean-estimate.ts";

/** A score and the length of what it was given to. */
export interface SizedScore {
  length: number;
  value: number;
}

/** How often the longest of several responses to one prompt is the best one. */
export interface LongestPreference {
  /** Groups of two responses or more that differ in score and in length. */
  prompts: number;
  /** Percent of those in which the longest response has the best score. Ties count in part. */
  share: number | null;
  /** Percent that would be expected if scores had nothing to do with length. */
  expected: number | null;
  /** Half of the 95 % interval's width of share - expected, in percentage points. */
  margin: number | null;
}

/**
 * Compares responses of one prompt with each other, so that prompts which call for long answers and good models which write
 * them do not look like a judge's taste. Of k responses, b share the best score and l the greatest length: a prompt counts
 * as the share of those l that are among the b, where b / k is expected of a response drawn at random.
 */
export function preferenceForLongest(groups: Iterable<readonly SizedScore[]>): LongestPreference {
  const found: number[] = [];
  const expected: number[] = [];
  for (const scores of groups) {
    const best = Math.max(...scores.map(({ value }) => value));
    const greatest = Math.max(...scores.map(({ length }) => length));
    const longest = scores.filter(({ length }) => length === greatest);
    const bests = scores.filter(({ value }) => value === best).length;
    if (bests === scores.length || longest.length === scores.length) continue;
    found.push(longest.filter(({ value }) => value === best).length / longest.length);
    expected.push(bests / scores.length);
  }
  const percent = (values: readonly number[]) => {
    const estimate = estimateMean(values);
    return estimate && 100 * estimate.mean;
  };
  const difference = estimateMean(found.map((share, at) => share - expected[at]!));
  const margin = difference?.margin ?? null;
  return {
    prompts: found.length,
    share: percent(found),
    expected: percent(expected),
    margin: margin === null ? null : 100 * margin,
  };
}
