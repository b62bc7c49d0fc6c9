import type { Ranking } from "../../../shared/feedback/feedback.ts";

/** What a judge said of one response. */
export interface ScoreObservation {
  kind: "score";
  /** As `promptIdentity` gives it: the same in whatever file the prompt stands. */
  prompt: string;
  response: string;
  /** Who wrote the response; null where the file does not say. */
  model: string | null;
  /** What was judged: helpfulness, honesty, ..., or simply the rating. */
  aspect: string;
  /** Null where the judge found that the aspect does not apply. */
  value: number | null;
  /** Its place among the responses of one call, from 0; null where it was shown alone or the file does not say. */
  position: number | null;
}

/** The letter that a judge answered. */
export type Letter = "(a)" | "(b)";

/** What a judge said of two responses to one prompt. */
export interface PairObservation {
  kind: "pair";
  prompt: string;
  first: string;
  second: string;
  firstModel: string | null;
  secondModel: string | null;
  ranking: Ranking;
  /** The letters answered, in one order of showing or in both; empty where the file does not say. */
  letters: readonly Letter[];
}

/** One verdict, wherever it comes from. */
export type Observation = ScoreObservation | PairObservation;
