import { stat } from "node:fs/promises";
import { unreadable } from "../datasets/file-bytes.ts";
import { UserError } from "../errors.ts";
import { type Consistency, measureConsistency } from "../sparse-feedback/consistency.ts";
import { placedRows } from "../sparse-feedback/placed-rows.ts";
import type { JudgeCall, JudgedEntry } from "./judged-entry.ts";
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
  /** Rows that failed, each with its reason. */
  errors?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Measures a judge by its verdicts: how scores are spread, whether places and lengths sway them, how many replies could not
 * be read, and, with ratings and rankings, whether these agree. Holds some hundred bytes a score in memory, and no text.
 * @throws UserError naming the place, or if there is nothing to report on
 */
export async function measureJudge(sources: JudgeReportSources): Promise<JudgeReport> {
  const { judged, ratings, rankings, errors, signal } = sources;
  const files = [judged, ratings, rankings].filter((path) => path !== undefined);
  if (files.length === 0) {
    throw new UserError("There is nothing to report on: give --input, --ratings_csv or --rankings_csv.");
  }
  const measures = new JudgeMeasures();
  for (const path of files) {
    for await (const entry of readJudgedEntries(path, signal)) measures.add(entry);
  }
  if (errors !== undefined) {
    for await (const call of failedCalls(errors, signal)) measures.replies.add(call);
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
  #simulated = false;
  #rows = 0;

  add({ observations, calls, simulated }: JudgedEntry): void {
    this.#rows += 1;
    this.#simulated ||= simulated;
    for (const observation of observations) {
      if (observation.kind === "pair") this.#pairs.add(observation);
      else for (const part of [this.#distributions, this.#positions, this.#lengths]) part.add(observation);
    }
    for (const call of calls) {
      this.replies.add(call);
      if (call.template) this.#templates.set(`${call.template.name} ${call.template.sha256}`, call.template);
    }
  }

  result() {
    return {
      simulated: this.#simulated,
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

/** Rows of an errors.jsonl: calls that gave no verdict. An empty file has none. */
async function* failedCalls(path: string, signal?: AbortSignal): AsyncGenerator<JudgeCall> {
  const { size } = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (size === 0) return;
  for await (const { place, row } of placedRows(path, signal)) {
    const { reason, attempts } = row;
    if (typeof reason !== "string") {
      throw new UserError(`${place} has no "reason": give a file of failed rows, errors.jsonl.`);
    }
    yield { fault: reason, attempts: typeof attempts === "number" ? attempts : null, template: null };
  }
}
