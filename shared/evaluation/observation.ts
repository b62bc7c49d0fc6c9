import type { Ranking } from "../sparse-feedback/feedback.ts";

/** What a judge said of one response by itself. */
export interface ScoreObservation {
  kind: "score";
  /** As `rowPrompt` gives it: the same in whatever file the prompt stands. */
  prompt: string;
  response: string;
  /** What was judged: helpfulness, honesty, ..., or simply the rating. */
  aspect: string;
  /** Null where the judge found that the aspect does not apply. */
  value: number | null;
}

/** What a judge said of two responses to one prompt. */
export interface PairObservation {
  kind: "pair";
  prompt: string;
  first: string;
  second: string;
  ranking: Ranking;
}

/** One verdict, wherever it comes from. */
export type Observation = ScoreObservation | PairObservation;
