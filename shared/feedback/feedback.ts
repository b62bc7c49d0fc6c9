import { textOf } from "../datasets/json/exact-json.ts";
import { UserError } from "../errors.ts";
import { feedbackTable } from "./feedback-table.ts";
import { inputOf, namesOf, type PlacedRow, textIn } from "./placed-rows.ts";
import type { Prompt } from "./prompt-index.ts";

/** A response and how good a judge found it by itself: 1 (useless or harmful) to 7 (cannot be improved). */
export interface Rating extends Prompt {
  output: string;
  rating: number;
}

export const RANKINGS = ["(a)", "(b)", "equal"] as const;
export type Ranking = (typeof RANKINGS)[number];

/** Two responses and which of them a judge prefers: (a) the first, (b) the second. */
export interface RankedPair extends Prompt {
  output1: string;
  output2: string;
  ranking: Ranking;
}

/** Of files without a header, as the tools of sparse feedback write them. */
export const FEEDBACK_COLUMNS = {
  ratings: ["instruction", "input", "output", "rating"],
  rankings: ["instruction", "input", "output1", "output2", "ranking"],
} as const;

/**
 * Ratings of a file, in order: columns instruction, input, output (or response), rating, or rows that a judge wrote.
 * @throws UserError naming the place
 */
export async function* readRatings(path: string, signal?: AbortSignal): AsyncGenerator<Rating> {
  for await (const placed of feedbackTable(path, FEEDBACK_COLUMNS.ratings, signal)) {
    yield {
      ...promptOf(placed),
      output: outputIn(placed, 0, "output", "response"),
      rating: ratingOf(placed),
    };
  }
}

/**
 * Ranked pairs of a file, in order: columns instruction, input, output1, output2 (or response1, response2), ranking, or rows
 * that a judge wrote, in which the reference, if there is one, is the first output.
 * @throws UserError naming the place
 */
export async function* readRankings(path: string, signal?: AbortSignal): AsyncGenerator<RankedPair> {
  for await (const placed of feedbackTable(path, FEEDBACK_COLUMNS.rankings, signal)) {
    yield {
      ...promptOf(placed),
      output1: outputIn(placed, 0, "output1", "response1"),
      output2: outputIn(placed, 1, "output2", "response2"),
      ranking: rankingOf(placed),
    };
  }
}

/** Tools that read an empty cell as "not a number" write it back as that. */
export const withoutNan = (input: string): string => (input === "nan" ? "" : input);

/** The text in a column, or the one at that place among the responses of a judged row. */
function outputIn(placed: PlacedRow, index: number, ...columns: string[]): string {
  const { reference, responses } = placed.row;
  if (!Array.isArray(responses) || columns.some((name) => Object.hasOwn(placed.row, name))) {
    return textIn(placed, ...columns);
  }
  const all = typeof reference === "string" ? [reference, ...responses] : responses;
  return textIn({ ...placed, row: { [columns[0]!]: all[index] } }, columns[0]!);
}

function promptOf(placed: PlacedRow): Prompt {
  return { instruction: textIn(placed, "instruction"), input: withoutNan(inputOf(placed)) };
}

/** Tools that hold a column of numbers as floats write 5 as 5.0. */
export const isRating = (text: string): boolean => /^[1-7](\.0+)?$/.test(text);

export const isRanking = (text: string): text is Ranking => (RANKINGS as readonly string[]).includes(text);

function ratingOf(placed: PlacedRow): number {
  const text = verdictOf(placed, "rating");
  if (isRating(text)) return Number(text);
  throw new UserError(
    `${placed.place} has the rating ${JSON.stringify(text)}, but a rating is a whole number from 1 to 7: mend or remove it.`,
  );
}

function rankingOf(placed: PlacedRow): Ranking {
  const text = verdictOf(placed, "ranking");
  if (isRanking(text)) return text;
  throw new UserError(
    `${placed.place} has the ranking ${JSON.stringify(text)}, but a ranking is (a), (b) or equal: mend or remove it.`,
  );
}

function verdictOf({ place, row }: PlacedRow, column: "rating" | "ranking"): string {
  if (Object.hasOwn(row, column)) return textOf(row[column]).trim();
  throw new UserError(`${place} has no "${column}", only ${namesOf(row)}: add or rename that column.`);
}
