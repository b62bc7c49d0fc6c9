import type { Observation } from "./observation.ts";

/** One call to the judge, and what became of it. */
export interface JudgeCall {
  /** Why no verdict could be read in its replies; null where one could. */
  fault: string | null;
  /** Replies asked for, 1 where the first could be read; null where the file does not say. */
  attempts: number | null;
  template: { name: string; sha256: string } | null;
}

/** A row of a file of judgements: what was found, and how. */
export interface JudgedEntry {
  observations: Observation[];
  /** Empty where the file holds verdicts only. */
  calls: JudgeCall[];
  /** The verdicts are those of a stand-in for a model. */
  simulated: boolean;
}
