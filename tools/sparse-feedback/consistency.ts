import { UserError } from "../../shared/errors.ts";
import {
  RANKINGS,
  type RankedPair,
  type Ranking,
  type Rating,
  readRankings,
  readRatings,
} from "../../shared/feedback/feedback.ts";
import { keyOf } from "../../shared/feedback/prompt-index.ts";

/** Rows of a file, and how many of them repeat an earlier one; `conflicting` of those have another verdict. */
interface RowCounts {
  rows: number;
  repeated: number;
  conflicting: number;
}

export interface Consistency {
  /** Percent of the compared pairs whose ranking is the one that their ratings imply. */
  consistency: number;
  matches: number;
  compared: number;
  /** Compared pairs: by what the ratings imply, then by how the pair was ranked. */
  table: Record<Ranking, Record<Ranking, number>>;
  /** Ranked pairs that could not be compared, repeated ones left out, by which of their responses has no rating. */
  excluded: { firstUnrated: number; secondUnrated: number; bothUnrated: number };
  ratings: RowCounts;
  rankings: RowCounts;
}

/**
 * Whether a judge's ratings and rankings agree. A rating belongs to (instruction, input, output), a ranking to
 * (instruction, input, output1, output2); of repeated ones the first counts. For each ranked pair with both ratings r1, r2
 * the ratings imply equal if r1 = r2, (a) if r1 > r2, else (b); consistency = 100 x matches / compared. (Bansal, Dang,
 * Grover: Peering Through Preferences, 2023, compare the two forms of feedback so.) Holds all ratings in memory.
 * @throws UserError naming the place, or if no pair can be compared
 */
export async function measureConsistency(options: {
  ratings: string;
  rankings: string;
  signal?: AbortSignal | undefined;
}): Promise<Consistency> {
  const { ratings, rankings, signal } = options;
  const rated = await firstRatings(readRatings(ratings, signal));
  const measured = await compare(readRankings(rankings, signal), rated.byResponse);
  if (measured.compared === 0) {
    throw new UserError(
      `No pair of ${rankings} has both of its responses rated in ${ratings}: give ratings of the same prompts and responses.`,
    );
  }
  const consistency = (100 * measured.matches) / measured.compared;
  return { consistency, ...measured, ratings: rated.counts };
}

async function firstRatings(ratings: AsyncIterable<Rating>) {
  const byResponse = new Map<string, number>();
  const counts: RowCounts = { rows: 0, repeated: 0, conflicting: 0 };
  for await (const { instruction, input, output, rating } of ratings) {
    counts.rows += 1;
    const key = keyOf(instruction, input, output);
    const earlier = byResponse.get(key);
    if (earlier === undefined) byResponse.set(key, rating);
    else {
      counts.repeated += 1;
      if (earlier !== rating) counts.conflicting += 1;
    }
  }
  return { byResponse, counts };
}

async function compare(pairs: AsyncIterable<RankedPair>, ratings: ReadonlyMap<string, number>) {
  const table = emptyTable();
  const excluded = { firstUnrated: 0, secondUnrated: 0, bothUnrated: 0 };
  const rankings: RowCounts = { rows: 0, repeated: 0, conflicting: 0 };
  const seen = new Map<string, Ranking>();
  let compared = 0;
  for await (const { instruction, input, output1, output2, ranking } of pairs) {
    rankings.rows += 1;
    const key = keyOf(instruction, input, output1, output2);
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      rankings.repeated += 1;
      if (earlier !== ranking) rankings.conflicting += 1;
      continue;
    }
    seen.set(key, ranking);
    const first = ratings.get(keyOf(instruction, input, output1));
    const second = ratings.get(keyOf(instruction, input, output2));
    if (first === undefined && second === undefined) excluded.bothUnrated += 1;
    else if (first === undefined) excluded.firstUnrated += 1;
    else if (second === undefined) excluded.secondUnrated += 1;
    else {
      compared += 1;
      table[impliedRanking(first, second)][ranking] += 1;
    }
  }
  const matches = RANKINGS.reduce((sum, ranking) => sum + table[ranking][ranking], 0);
  return { matches, compared, table, excluded, rankings };
}

function impliedRanking(first: number, second: number): Ranking {
  if (first === second) return "equal";
  return first > second ? "(a)" : "(b)";
}

function emptyTable(): Consistency["table"] {
  const row = () => ({ "(a)": 0, "(b)": 0, equal: 0 });
  return { "(a)": row(), "(b)": row(), equal: row() };
}
