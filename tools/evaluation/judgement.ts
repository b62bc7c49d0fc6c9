import type { Ranking } from "../../shared/feedback/feedback.ts";
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

/**
 * A score belongs to its prompt and response, a ranking to its prompt and both responses: pairs that were shown the other
 * way round are the same thing, and their ranking is turned over.
 */
export function judgementOf(observation: Observation): Judgement {
  const { prompt } = observation;
  if (observation.kind === "score") {
    const { response, aspect, value } = observation;
    return { key: identityOf(prompt, response), aspect, value };
  }
  const { first, second, ranking } = observation;
  const turned = first > second;
  return {
    key: turned ? identityOf(prompt, second, first) : identityOf(prompt, first, second),
    aspect: RANKING_ASPECT,
    value: turned ? -PREFERENCE[ranking] : PREFERENCE[ranking],
  };
}
