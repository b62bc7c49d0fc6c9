import { UserError } from "../../../shared/errors.ts";
import { type Consistency, measureConsistency } from "../../sparse-feedback/consistency.ts";
import { errorsBeside, failedCalls } from "../judged/failed-calls.ts";
import { readJudgedEntries } from "../judged/read-judged-entries.ts";
import { type JudgeFigures, JudgeMeasures } from "./judge-measures.ts";

export interface JudgeReport extends JudgeFigures {
  files: string[];
  /** Null unless ratings and rankings are given. */
  consistency: Consistency | null;
}

export interface JudgeReportSources {
  /** What a judge wrote, or a file of feedback. */
  judged?: string | undefined;
  ratings?: string | undefined;
  rankings?: string | undefined;
  /** Calls that failed, each with its reason; those that judges' jobs wrote beside these files by default. */
  errors?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Measures a judge by files of its verdicts: how scores are spread, whether places and lengths sway them, how many replies
 * could not be read, and, with ratings and rankings, whether these agree.
 * @throws UserError naming the place, or if there is nothing to report on
 */
export async function measureJudge(sources: JudgeReportSources): Promise<JudgeReport> {
  const { judged, ratings, rankings, signal } = sources;
  const files = [judged, ratings, rankings].filter((path) => path !== undefined);
  const errors =
    sources.errors === undefined ? files.flatMap((path) => errorsBeside(path) ?? []) : [sources.errors];
  if (files.length === 0) {
    throw new UserError("There is nothing to report on: give --input, --ratings_csv or --rankings_csv.");
  }
  const measures = new JudgeMeasures();
  for (const path of files) {
    for await (const entry of readJudgedEntries(path, signal)) measures.add(entry);
  }
  for (const path of errors) {
    for await (const call of failedCalls(path, signal)) measures.addFailed(call);
  }
  const isBoth = ratings !== undefined && rankings !== undefined;
  const consistency = isBoth ? await measureConsistency({ ratings, rankings, signal }) : null;
  return { files: [...files, ...errors], ...measures.result(), consistency };
}
