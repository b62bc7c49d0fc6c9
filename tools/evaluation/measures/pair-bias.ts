import type { Ranking } from "../../../shared/feedback/feedback.ts";
import type { PairObservation } from "../judged/observation.ts";
import { type Interval, shareInterval } from "../statistics/share-interval.ts";

/** A part of some number of things, in percent with its 95 % interval; null where there are none. */
export interface Share {
  count: number;
  of: number;
  percent: number | null;
  interval: Interval | null;
}

/** What a judge's rankings of pairs owe to the order in which they were shown, and to length. */
export interface PairBias {
  pairs: number;
  rankings: Record<Ranking, number>;
  /**
   * Of pairs that were asked in both orders, those with the same letter twice: the judge preferred a place, not a response.
   * The two letters add up to the whole position bias.
   */
  sameLetter: { total: Share; "(a)": Share; "(b)": Share };
  /** Of all letters answered, those for the response shown first; half of them where both orders are asked without bias. */
  firstShown: Share;
  /** Of pairs with a preference and different lengths, those whose longer response is preferred. */
  longerPreferred: Share;
}

/** Counts rankings. */
export class PairRankings {
  readonly #rankings: Record<Ranking, number> = { "(a)": 0, "(b)": 0, equal: 0 };
  readonly #twice = { "(a)": 0, "(b)": 0, asked: 0 };
  readonly #letters = { "(a)": 0, "(b)": 0 };
  readonly #longer = { preferred: 0, of: 0 };

  add({ first, second, ranking, letters }: PairObservation): void {
    this.#rankings[ranking] += 1;
    for (const letter of letters) this.#letters[letter] += 1;
    if (letters.length === 2) {
      this.#twice.asked += 1;
      if (letters[0] === letters[1]) this.#twice[letters[0]!] += 1;
    }
    if (ranking !== "equal" && first.length !== second.length) {
      this.#longer.of += 1;
      if (first.length > second.length === (ranking === "(a)")) this.#longer.preferred += 1;
    }
  }

  /** Null where there was no pair. */
  result(): PairBias | null {
    const pairs = Object.values(this.#rankings).reduce((sum, count) => sum + count, 0);
    if (pairs === 0) return null;
    const { asked } = this.#twice;
    return {
      pairs,
      rankings: { ...this.#rankings },
      sameLetter: {
        total: shareOf(this.#twice["(a)"] + this.#twice["(b)"], asked),
        "(a)": shareOf(this.#twice["(a)"], asked),
        "(b)": shareOf(this.#twice["(b)"], asked),
      },
      firstShown: shareOf(this.#letters["(a)"], this.#letters["(a)"] + this.#letters["(b)"]),
      longerPreferred: shareOf(this.#longer.preferred, this.#longer.of),
    };
  }
}

function shareOf(count: number, of: number): Share {
  return { count, of, percent: of === 0 ? null : (100 * count) / of, interval: shareInterval(count, of) };
}
