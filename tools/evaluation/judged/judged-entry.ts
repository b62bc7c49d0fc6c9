import type { Observation } from "./observation.ts";

/** One call to the judge, and what became of it. */
export interface JudgeCall {
  /** Of what it was about, and which part of it: the same wherever the call is told of. Null where the file does not say. */
  id: string | null;
  /** Why there is no verdict; null where there is one. */
  fault: string | null;
  /** Replies asked for, 1 where the first could be read; null where the file does not say. */
  asks: number | null;
  /** Why replies could not be read, in order, those that were asked for again included. */
  unreadable: readonly string[];
}

/** A row of a file of judgements: what was found, and how. */
export interface JudgedEntry {
  observations: Observation[];
  /** Empty where the file holds verdicts only. */
  calls: JudgeCall[];
  /** Who judged, as the endpoint calls it; null where the file does not say. */
  judge: string | null;
  templates: { name: string; sha256: string }[];
  /** The verdicts are those of a stand-in for a model. */
  simulated: boolean;
}
