import { textOf } from "../../shared/datasets/json/exact-json.ts";
import { UserError } from "../../shared/errors.ts";
import { readRankings } from "../../shared/feedback/feedback.ts";
import { type PlacedRow, placedRows, textIn } from "../../shared/feedback/placed-rows.ts";
import { type ComparedOutputs, lengthControlledWinRate } from "./length-controlled.ts";

export interface WeightedWinRate {
  /** Percent: 100 x the mean outcome. */
  winRate: number;
  /** Half of the 95 % interval's width, in percentage points; null where n is 1. */
  margin: number | null;
  /** As if both models' outputs were equally long. */
  lengthControlled: number;
  n: number;
}

/**
 * Win rate of the second output in a file of preferences, each weighing as sure as its judge was: columns output_1,
 * output_2 and `preference`, from 1 (surely the first) to 2 (surely the second), as AlpacaEval writes them from the log
 * probabilities of its judge's two answers; the outcome is preference - 1 (Dubois et al., arXiv 2404.04475, section 2).
 * @throws UserError naming the place
 */
export async function winRateOfPreferences(options: { input: string; signal?: AbortSignal | undefined }) {
  const compared: ComparedOutputs[] = [];
  for await (const placed of placedRows(options.input, options.signal)) {
    const [reference, aligned] = [textIn(placed, "output_1"), textIn(placed, "output_2")];
    compared.push({
      outcome: preferenceIn(placed) - 1,
      lengthDifference: lengthOf(aligned) - lengthOf(reference),
    });
  }
  return weighted(compared, options.input);
}

/** The same of rankings, whose second output is the aligned model's. @throws UserError naming the place */
export async function lengthControlledOfRankings(options: {
  input: string;
  signal?: AbortSignal | undefined;
}): Promise<WeightedWinRate> {
  const compared: ComparedOutputs[] = [];
  for await (const { ranking, output1, output2 } of readRankings(options.input, options.signal)) {
    const outcome = ranking === "(b)" ? 1 : ranking === "equal" ? 0.5 : 0;
    compared.push({ outcome, lengthDifference: lengthOf(output2) - lengthOf(output1) });
  }
  return weighted(compared, options.input);
}

function weighted(compared: readonly ComparedOutputs[], input: string): WeightedWinRate {
  const n = compared.length;
  if (n === 0) throw new UserError(`${input} holds no comparison: give a file that has some.`);
  const mean = compared.reduce((sum, { outcome }) => sum + outcome, 0) / n;
  const squares = compared.reduce((sum, { outcome }) => sum + (outcome - mean) ** 2, 0);
  const margin = n === 1 ? null : 196 * Math.sqrt(squares / (n - 1) / n);
  return { winRate: 100 * mean, margin, lengthControlled: lengthControlledWinRate(compared), n };
}

/** In characters as Python counts them. */
const lengthOf = (text: string) => [...text].length;

function preferenceIn({ place, row }: PlacedRow): number {
  const text = Object.hasOwn(row, "preference") ? textOf(row.preference).trim() : "";
  const preference = text === "" ? Number.NaN : Number(text);
  if (preference >= 1 && preference <= 2) return preference;
  throw new UserError(
    `${place} has ${JSON.stringify(text)} as "preference", but that is a number from 1 (the first output) to 2 (the second): mend or remove it.`,
  );
}
