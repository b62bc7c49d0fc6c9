import { UserError } from "../../shared/errors.ts";
import { type Rating, readRankings, readRatings } from "../../shared/feedback/feedback.ts";
import { FirstOfEach } from "../../shared/feedback/prompt-index.ts";

/** Comparisons of the aligned model with the reference model, by who won. */
interface Outcomes {
  wins: number;
  ties: number;
  losses: number;
}

export interface WinRate extends Outcomes {
  /** Percent: 100 x the mean of 1 a win, 0.5 a tie, 0 a loss. */
  winRate: number;
  /** Half of the 95 % interval's width, in percentage points; null where n is 1. */
  margin: number | null;
  n: number;
}

export interface RankingsWinRate extends WinRate {
  /** Rows that are a further comparison of a prompt that came before: each counts. */
  repeated: number;
}

export interface RatingsWinRate extends WinRate {
  /** Further ratings for a prompt that their file has already; the first counts. */
  repeated: number;
  onlyInReference: number;
  onlyInAligned: number;
}

/**
 * The mean outcome with its 95 % interval, mean +- 1.96 x SEM with SEM = s / sqrt(n), s the sample's standard deviation
 * (n - 1 in its denominator), all times 100. That is the confidence limits for a mean (NIST/SEMATECH e-Handbook of
 * Statistical Methods, 1.3.5.2) with the normal quantile for Student's, as the published evaluation has it: too narrow
 * below some 30 comparisons, and not cut off at 0 or 100. @throws RangeError if nothing was compared
 */
export function winRateOf({ wins, ties, losses }: Outcomes): WinRate {
  const n = wins + ties + losses;
  if (n === 0) throw new RangeError("a win rate needs a comparison");
  const mean = (wins + ties / 2) / n;
  const squares = wins * (1 - mean) ** 2 + ties * (0.5 - mean) ** 2 + losses * mean ** 2;
  const margin = n === 1 ? null : 196 * Math.sqrt(squares / (n - 1) / n);
  return { winRate: 100 * mean, margin, n, wins, ties, losses };
}

/**
 * Win rate of the aligned model in a file of rankings, whose second output is the aligned model's: (b) is a win, equal a
 * tie, (a) a loss. Every row counts. @throws UserError naming the place
 */
export async function winRateOfRankings(options: {
  input: string;
  signal?: AbortSignal | undefined;
}): Promise<RankingsWinRate> {
  const outcomes: Outcomes = { wins: 0, ties: 0, losses: 0 };
  const prompts = new FirstOfEach();
  for await (const { instruction, input, ranking } of readRankings(options.input, options.signal)) {
    prompts.add({ instruction, input });
    outcomes[ranking === "(b)" ? "wins" : ranking === "equal" ? "ties" : "losses"] += 1;
  }
  return { ...winRateOf(outcomes), repeated: prompts.repeated };
}

/**
 * Win rate of the aligned model by ratings of two models' outputs, compared where both files have the prompt: higher is a
 * win, equal a tie. A prompt is its instruction (and its input, where there is one); of repeated ones the first counts.
 * Holds the reference's ratings in memory. @throws UserError naming the place, or if the files share no prompt
 */
export async function winRateOfRatings(options: {
  reference: string;
  aligned: string;
  signal?: AbortSignal | undefined;
}): Promise<RatingsWinRate> {
  const { reference, aligned, signal } = options;
  const referenceRatings = await firstOfEach(readRatings(reference, signal));
  const alignedRatings = await firstOfEach(readRatings(aligned, signal));
  const outcomes: Outcomes = { wins: 0, ties: 0, losses: 0 };
  for (const one of alignedRatings.values()) {
    const other = referenceRatings.get(one);
    if (other === undefined) continue;
    outcomes[one.rating > other.rating ? "wins" : one.rating === other.rating ? "ties" : "losses"] += 1;
  }
  const shared = outcomes.wins + outcomes.ties + outcomes.losses;
  if (shared === 0) {
    throw new UserError(
      `${reference} and ${aligned} have no prompt in common: give ratings of two models on one set of prompts.`,
    );
  }
  return {
    ...winRateOf(outcomes),
    repeated: referenceRatings.repeated + alignedRatings.repeated,
    onlyInReference: referenceRatings.size - shared,
    onlyInAligned: alignedRatings.size - shared,
  };
}

async function firstOfEach(ratings: AsyncIterable<Rating>): Promise<FirstOfEach<Rating>> {
  const index = new FirstOfEach<Rating>();
  for await (const rating of ratings) index.add(rating);
  return index;
}
