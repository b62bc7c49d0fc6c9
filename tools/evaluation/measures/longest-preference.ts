import { CountedValues } from "../statistics/counted-values.ts";

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
export class LongestPreferences {
  readonly #found = new CountedValues();
  readonly #expected = new CountedValues();
  readonly #difference = new CountedValues();

  add(scores: readonly SizedScore[]): void {
    const best = Math.max(...scores.map(({ value }) => value));
    const greatest = Math.max(...scores.map(({ length }) => length));
    const longest = scores.filter(({ length }) => length === greatest);
    const bests = scores.filter(({ value }) => value === best).length;
    if (bests === scores.length || longest.length === scores.length) return;
    const found = longest.filter(({ value }) => value === best).length / longest.length;
    const expected = bests / scores.length;
    this.#found.add(found);
    this.#expected.add(expected);
    this.#difference.add(found - expected);
  }

  result(): LongestPreference {
    const [found, expected, difference] = [this.#found, this.#expected, this.#difference].map((values) =>
      values.estimate(),
    );
    const percent = (value: number | null | undefined) => (value == null ? null : 100 * value);
    return {
      prompts: found?.n ?? 0,
      share: percent(found?.mean),
      expected: percent(expected?.mean),
      margin: percent(difference?.margin),
    };
  }
}
