import type { ChatMessage } from "../../../shared/datasets/preparing/prepared-row.ts";
import { drawFor } from "../../../shared/random.ts";

/** Responses to one prompt with what each was found to be worth. */
export interface RatedRow {
  id: string;
  prompt: string;
  /** What was asked, where that was more than the text of the prompt. */
  messages?: readonly ChatMessage[];
  responses: readonly string[];
  models: readonly (string | null)[];
  /** Null: not rated. */
  means: readonly (number | null)[];
  /** Responses as they were shown, by their indices. */
  order: readonly number[];
  dataset?: unknown;
}

export interface BinarizeOptions {
  /** Which of the worse ones is rejected. */
  rejected: "random" | "lowest";
  /** Of the random one. */
  seed: number;
  /** keep: the rejected one may be as good as the chosen one, as Tulu 3 draws it among all others. */
  ties: "drop" | "keep";
  /** The rejected one's mean is lower by this much at least. */
  margin: number;
}

/** Why a row gives no pair. */
export type Dropped = "unrated" | "tied" | "identical" | "withinMargin";

/** Means have few decimals: what a difference of two of them loses as binary numbers is far less than this. */
const ROUNDING = 1e-9;

/**
 * The preference pair of a row, by indices of its responses: chosen is the one with the highest mean, of equals the first
 * shown; rejected is one of those below it, drawn by seed and row alone, or the lowest, of equals the first shown. A text is never preferred to itself.
 */
export function binarizeRow(
  row: RatedRow,
  { rejected, seed, ties, margin }: BinarizeOptions,
): { chosen: number; rejected: number } | Dropped {
  const mean = (index: number) => row.means[index]!;
  const rated = row.order.filter((index) => row.means[index] !== null);
  if (rated.length < 2) return "unrated";
  const chosen = rated.reduce((best, index) => (mean(index) > mean(best) ? index : best));
  const others = rated.filter((index) => index !== chosen);
  const below = ties === "keep" ? others : others.filter((index) => mean(index) < mean(chosen));
  if (below.length === 0) return "tied";
  const other = below.filter((index) => row.responses[index] !== row.responses[chosen]);
  if (other.length === 0) return "identical";
  const far = other.filter((index) => mean(chosen) - mean(index) >= margin - ROUNDING);
  if (far.length === 0) return "withinMargin";
  const lowest = far.reduce((worst, index) => (mean(index) < mean(worst) ? index : worst));
  if (rejected === "lowest") return { chosen, rejected: lowest };
  // Drawn among indices in their own order, so that it does not matter how they were shown.
  const candidates = far.toSorted((a, b) => a - b);
  const random = drawFor(seed, "rejected", row.id);
  return { chosen, rejected: candidates[Math.floor(random() * candidates.length)]! };
}
