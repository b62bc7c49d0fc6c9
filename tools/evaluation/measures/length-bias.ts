import { identityOf } from "../judged/identity.ts";
import type { ScoreObservation } from "../judged/observation.ts";
import { pearson, spearman } from "../statistics/correlation.ts";
import { CountedValues, type MeanEstimate } from "../statistics/counted-values.ts";
import { PairCounts } from "../statistics/pair-counts.ts";
import { type LongestPreference, LongestPreferences, type SizedScore } from "./longest-preference.ts";

/** How scores go with the length of responses, in characters (UTF-16 code units). */
export interface LengthBias {
  aspect: string;
  n: number;
  /** Pearson's correlation; null where scores or lengths do not vary. */
  pearson: number | null;
  /** Spearman's rank correlation, ties at the middle of their ranks. */
  spearman: number | null;
  /** Responses by length, in groups of about equal numbers, with their mean scores. */
  groups: (MeanEstimate & { shortest: number; longest: number })[];
  withinPrompts: LongestPreference;
}

/** Scores of one aspect with the lengths of what they were given to. */
export class LengthScores {
  readonly #pairs = new PairCounts();
  readonly #preferences = new LongestPreferences();
  /** Scores of responses that were judged one by one, by their prompt. */
  readonly #single = new Map<string, SizedScore[]>();

  /** Scores of a row: those of several responses compete with each other, that of one with others to its prompt. */
  add(scores: readonly ScoreObservation[]): void {
    const sized: SizedScore[] = [];
    for (const { response, value } of scores) {
      if (value === null) continue;
      this.#pairs.add(response.length, value);
      sized.push({ length: response.length, value });
    }
    if (scores.length > 1) {
      if (sized.length > 1) this.#preferences.add(sized);
      return;
    }
    if (sized.length === 0) return;
    const prompt = identityOf(scores[0]!.prompt);
    const others = this.#single.get(prompt);
    if (others) others.push(sized[0]!);
    else this.#single.set(prompt, sized);
  }

  /** Null where there was no score. To be asked once. */
  result(aspect: string): LengthBias | null {
    if (this.#pairs.total === 0) return null;
    for (const scores of this.#single.values()) this.#preferences.add(scores);
    return {
      aspect,
      n: this.#pairs.total,
      pearson: pearson(this.#pairs),
      spearman: spearman(this.#pairs),
      groups: groupsByLength(this.#pairs),
      withinPrompts: this.#preferences.result(),
    };
  }
}

const MOST_GROUPS = 5;

/** Equal lengths stay in one group, so that there may be fewer. */
function groupsByLength(pairs: PairCounts): LengthBias["groups"] {
  const cells = [...pairs.cells()].sort((one, other) => one.first - other.first);
  const groups: LengthBias["groups"] = [];
  let values = new CountedValues();
  let shortest = cells[0]!.first;
  let seen = 0;
  for (const [at, { first: length, second: value, count }] of cells.entries()) {
    values.add(value, count);
    seen += count;
    const isEndOfLength = cells[at + 1]?.first !== length;
    if (!isEndOfLength || seen < (pairs.total * (groups.length + 1)) / MOST_GROUPS) continue;
    groups.push({ shortest, longest: length, ...values.estimate()! });
    values = new CountedValues();
    shortest = cells[at + 1]?.first ?? length;
  }
  return groups;
}
