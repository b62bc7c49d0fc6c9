/** Scores that are drawn and counted as one: a value, or a range of them with both ends in it. */
export interface ScoreStep {
  label: string;
  from: number;
  to: number;
  /** Its place on the scale, 0 lowest to 1 highest. */
  at: number;
}

/** A scale from 0 to 10 is shown value by value; more would not be told apart by their colours. */
const MOST_VALUES = 11;
const MOST_RANGES = 8;

/** Ratings of this tool's own methods go from 1 to 5 at least. */
const [FIRST_RATING, LAST_RATING] = [1, 5];

/**
 * The values with those between and beside them that nobody gave, where they are ratings in whole numbers: a bar without
 * a five looks as if five were not on the scale.
 */
export function wholeScale(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const areRatings = values.length > 0 && values.every(Number.isInteger) && low >= FIRST_RATING && high > 2;
  const last = Math.max(high, LAST_RATING);
  if (!areRatings || last - FIRST_RATING >= MOST_VALUES) return [...values];
  return Array.from({ length: last - FIRST_RATING + 1 }, (_, place) => FIRST_RATING + place);
}

/** A step for each value, or ranges of equal width where there are too many of them. */
export function scoreSteps(values: readonly number[]): ScoreStep[] {
  const sorted = [...new Set(values)].sort((one, other) => one - other);
  const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  const at = (value: number) => (high === low ? 0.5 : (value - low) / (high - low));
  if (sorted.length <= MOST_VALUES) {
    return sorted.map((value) => ({ label: labelOf(value), from: value, to: value, at: at(value) }));
  }
  const groups = new Map<number, number[]>();
  for (const value of sorted) {
    const number = Math.min(MOST_RANGES - 1, Math.floor(at(value) * MOST_RANGES));
    groups.set(number, [...(groups.get(number) ?? []), value]);
  }
  return [...groups.values()].map((group) => {
    const [from, to] = [group[0]!, group.at(-1)!];
    const label = from === to ? labelOf(from) : `${labelOf(from)}–${labelOf(to)}`;
    return { label, from, to, at: at((from + to) / 2) };
  });
}

/** At most two digits after the point. */
function labelOf(value: number): string {
  return String(Number(value.toFixed(2)));
}
