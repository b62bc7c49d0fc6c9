import type { Ranking } from "../../../shared/feedback/feedback.ts";
import { identityOf } from "./identity.ts";
import type { Observation } from "./observation.ts";

/** A verdict as a number, and the thing it is about: equal keys are the same thing, in whatever file. */
export interface Judgement {
  key: string;
  aspect: string;
  value: number | null;
}

/** What rankings are called beside the aspects of scores. */
const RANKING_ASPECT = "ranking";

/** Preferences in order: the second response, neither, the first. */
const PREFERENCE: Record<Ranking, number> = { "(b)": -1, equal: 0, "(a)": 1 };

/** Pairs, by their keys, that are to be read from their later text to the earlier one, in the order of the alphabet. */
export type TurnedPairs = Map<string, boolean>;

/**
 * A score belongs to its prompt and response, a ranking to its prompt and both responses: pairs that were shown the other
 * way round are the same thing, and their ranking is turned over.
 * @param turned how a pair was shown when it was first met, which this adds to: a later ranking of the pair is given as if
 * it had been shown like that. Rankings turned by anything else, such as their texts, would be other categories for kappa.
 */
export function judgementOf(observation: Observation, turned: TurnedPairs): Judgement {
  const { prompt } = observation;
  if (observation.kind === "score") {
    const { response, aspect, value } = observation;
    return { key: identityOf(prompt, response), aspect, value };
  }
  const { first, second, ranking } = observation;
  const isTurned = first > second;
  const key = isTurned ? identityOf(prompt, second, first) : identityOf(prompt, first, second);
  const shown = turned.get(key);
  if (shown === undefined) turned.set(key, isTurned);
  const value = PREFERENCE[ranking];
  return { key, aspect: RANKING_ASPECT, value: (shown ?? isTurned) === isTurned ? value : 0 - value };
}
