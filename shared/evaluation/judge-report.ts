import { UserError } from "../errors.ts";
import { type Consistency, measureConsistency } from "../sparse-feedback/consistency.ts";
import { errorsBeside, failedCalls } from "./failed-calls.ts";
import type { JudgedEntry } from "./judged-entry.ts";
import { type LengthBias, LengthScores } from "./length-bias.ts";
import { type PairBias, PairRankings } from "./pair-bias.ts";
import { type PositionBias, PositionScores } from "./position-bias.ts";
import { readJudgedEntries } from "./read-judged-entries.ts";
import { ReplyCounter, type ReplyCounts } from "./reply-counts.ts";
import { type ScoreDistribution, ScoreDistributions } from "./score-distributions.ts";

/** All that verdicts tell of the judge who gave them. */
export interface JudgeReport {
  files: string[];
  /** Verdicts of a stand-in for a model. */
  simulated: boolean;
  /** As their endpoint calls them. */
  judges: string[];
  templates: { name: string; sha256: string }[];
  rows: number;
  distributions: ScoreDistribution[];
  positions: PositionBias[];
  lengths: LengthBias[];
  /** Null where nothing was ranked. */
  pairs: PairBias | null;
  /** Null where the files hold verdicts only. */
  replies: ReplyCounts | null;
  /** Null unless ratings and rankings are given. */
  consistency: Consistency | null;
}

export interface JudgeReportSources {
  /** What a judge wrote, or a file of feedback. */
  judged?: string | undefined;
  ratings?: string | undefined;
  rankings?: string | undefined;
  /** Rows that failed, each with its reason; those that the judge's job wrote beside its output by default. */
  errors?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Measures a judge by its verdicts: how scores are spread, whether places and lengths sway them, how many replies could not
 * be read, and, with ratings and rankings, whether these agree. Holds some hundred bytes a score in memory, and no text.
 * @throws UserError naming the place, or if there is nothing to report on
 */
export async function measureJudge(sources: JudgeReportSources): Promise<JudgeReport> {
  const { judged, ratings, rankings, signal } = sources;
  const errors = sources.errors ?? (judged === undefined ? undefined : errorsBeside(judged));
  const files = [judged, ratings, rankings].filter((path) => path !== undefined);
  if (files.length === 0) {
    throw new UserError("There is nothing to report on: give --input, --ratings_csv or --rankings_csv.");
  }
  const measures = new JudgeMeasures();
  for (const path of files) {
    for await (const entry of readJudgedEntries(path, signal)) measures.add(entry);
  }
  if (errors !== undefined) {
    for await (const call of failedCalls(errors, signal)) measures.replies.addFailed(call);
  }
  const isBoth = ratings !== undefined && rankings !== undefined;
  const consistency = isBoth ? await measureConsistency({ ratings, rankings, signal }) : null;
  return { files: errors === undefined ? files : [...files, errors], ...measures.result(), consistency };
}

/** What the report is made of, while entries go by. */
class JudgeMeasures {
  readonly replies = new ReplyCounter();
  readonly #distributions = new ScoreDistributions();
  readonly #positions = new PositionScores();
  readonly #lengths = new LengthScores();
  readonly #pairs = new PairRankings();
  readonly #templates = new Map<string, { name: string; sha256: string }>();
  readonly #judges = new Set<string>();
  #simulated = false;
  #rows = 0;

  add({ observations, calls, judge, templates, simulated }: JudgedEntry): void {
    this.#rows += 1;
    this.#simulated ||= simulated;
    for (const observation of observations) {
      if (observation.kind === "pair") this.#pairs.add(observation);
      else for (const part of [this.#distributions, this.#positions, this.#lengths]) part.add(observation);
    }
    for (const call of calls) this.replies.add(call);
    for (const template of templates) this.#templates.set(`${template.name} ${template.sha256}`, template);
    if (judge !== null) this.#judges.add(judge);
  }

  result() {
    return {
      simulated: this.#simulated,
      judges: [...this.#judges],
      templates: [...this.#templates.values()],
      rows: this.#rows,
      distributions: this.#distributions.list(),
      positions: this.#positions.list(),
      lengths: this.#lengths.list(),
      pairs: this.#pairs.result(),
      replies: this.replies.result(),
    };
  }
}
