import { sampleCorrelation, sampleRankCorrelation } from "simple-statistics";
import { identityOf } from "./identity.ts";
import { type LongestPreference, preferenceForLongest, type SizedScore } from "./longest-preference.ts";
import { estimateMean, type MeanEstimate } from "./mean-estimate.ts";
import type { ScoreObservation } from "./observation.ts";

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

const MOST_GROUPS = 5;

/** Collects scores with the lengths of what they were given to, without the texts: some hundred bytes a score. */
export class LengthScores {
  readonly #byAspect = new Map<string, Map<string, SizedScore[]>>();

  add({ aspect, group, response, value }: ScoreObservation): void {
    if (value === null) return;
    const byGroup = this.#byAspect.get(aspect) ?? new Map<string, SizedScore[]>();
    this.#byAspect.set(aspect, byGroup);
    const key = identityOf(group);
    const scores = byGroup.get(key) ?? [];
    byGroup.set(key, scores);
    scores.push({ length: response.length, value });
  }

  list(): LengthBias[] {
    return [...this.#byAspect].map(([aspect, byGroup]) => {
      const scores = [...byGroup.values()].flat();
      const lengths = scores.map(({ length }) => length);
      const values = scores.map(({ value }) => value);
      return {
        aspect,
        n: scores.length,
        pearson: correlation(sampleCorrelation, lengths, values),
        spearman: correlation(sampleRankCorrelation, lengths, values),
        groups: groupsByLength(scores),
        withinPrompts: preferenceForLongest(byGroup.values()),
      };
    });
  }
}

function correlation(
  measure: (one: number[], other: number[]) => number,
  one: number[],
  other: number[],
): number | null {
  if (one.length < 2) return null;
  const value = measure(one, other);
  return Number.isFinite(value) ? value : null;
}

/** Equal lengths stay in one group, so that there may be fewer. */
function groupsByLength(scores: readonly SizedScore[]): LengthBias["groups"] {
  const sorted = [...scores].sort((one, other) => one.length - other.length);
  const groups: LengthBias["groups"] = [];
  let start = 0;
  for (let number = 1; number <= MOST_GROUPS; number++) {
    let end = Math.max(start, Math.round((sorted.length * number) / MOST_GROUPS));
    while (end > start && sorted[end]?.length === sorted[end - 1]!.length) end += 1;
    const estimate = estimateMean(sorted.slice(start, end).map(({ value }) => value));
    if (!estimate) continue;
    groups.push({ shortest: sorted[start]!.length, longest: sorted[end - 1]!.length, ...estimate });
    start = end;
  }
  return groups;
}
