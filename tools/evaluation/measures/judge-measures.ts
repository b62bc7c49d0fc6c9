import type { JudgeCall, JudgedEntry } from "../judged/judged-entry.ts";
import type { ScoreObservation } from "../judged/observation.ts";
import { type LengthBias, LengthScores } from "./length-bias.ts";
import { type PairBias, PairRankings } from "./pair-bias.ts";
import { type PositionBias, PositionScores } from "./position-bias.ts";
import { ReplyCounter, type ReplyCounts } from "./reply-counts.ts";
import { type ScoreDistribution, ScoreDistributions } from "./score-distributions.ts";

/** What verdicts tell of the judge who gave them. */
export interface JudgeFigures {
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
  /** Null where only verdicts are known. */
  replies: ReplyCounts | null;
}

/** All that is measured of the scores of one aspect. */
class AspectScores {
  readonly distributions = new ScoreDistributions();
  readonly positions = new PositionScores();
  readonly lengths = new LengthScores();
}

/**
 * Takes judgements row by row and measures the judge. Counts are kept, not scores, so that memory does not grow with the
 * rows; only of responses that are judged one by one is each score kept with its prompt's hash.
 */
export class JudgeMeasures {
  readonly #aspects = new Map<string, AspectScores>();
  readonly #pairs = new PairRankings();
  readonly #replies = new ReplyCounter();
  readonly #judges = new Set<string>();
  readonly #templates = new Map<string, JudgeFigures["templates"][number]>();
  #simulated = false;
  #rows = 0;

  add({ observations, calls, judge, templates, simulated }: JudgedEntry): void {
    this.#rows += 1;
    this.#simulated ||= simulated;
    const scores: ScoreObservation[] = [];
    for (const observation of observations) {
      if (observation.kind === "pair") this.#pairs.add(observation);
      else scores.push(observation);
    }
    for (const [aspect, ofAspect] of Map.groupBy(scores, (score) => score.aspect))
      this.#addScores(aspect, ofAspect);
    for (const call of calls) this.#replies.add(call);
    for (const template of templates) this.#templates.set(`${template.name} ${template.sha256}`, template);
    if (judge !== null) this.#judges.add(judge);
  }

  /** After all rows: a call that failed, or null for a row that could not be asked about. */
  addFailed(call: JudgeCall | null): void {
    this.#replies.addFailed(call);
  }

  /** To be asked once. */
  result(): JudgeFigures {
    const aspects = [...this.#aspects];
    return {
      simulated: this.#simulated,
      judges: [...this.#judges],
      templates: [...this.#templates.values()],
      rows: this.#rows,
      distributions: aspects.flatMap(([aspect, { distributions }]) => distributions.result(aspect)),
      positions: aspects.flatMap(([aspect, { positions }]) => positions.result(aspect) ?? []),
      lengths: aspects.flatMap(([aspect, { lengths }]) => lengths.result(aspect) ?? []),
      pairs: this.#pairs.result(),
      replies: this.#replies.result(),
    };
  }

  #addScores(aspect: string, scores: readonly ScoreObservation[]): void {
    const measures = this.#aspects.get(aspect) ?? new AspectScores();
    this.#aspects.set(aspect, measures);
    for (const score of scores) {
      measures.distributions.add(score);
      measures.positions.add(score);
    }
    measures.lengths.add(scores);
  }
}
