import type { ScoreObservation } from "../judged/observation.ts";
import { CountedValues, type MeanEstimate } from "../statistics/counted-values.ts";

/** Mean score by the place in which a response was shown. */
export interface PositionBias {
  aspect: string;
  /** `place` counts from 1. */
  places: (MeanEstimate & { place: number })[];
  /** The highest mean less the lowest one. */
  spread: number;
}

/**
 * Scores of one aspect by the place in which a response was shown. Where the order was drawn, each place holds responses
 * that are equally good on average, so that means which differ by more than their intervals are the judge's favour.
 */
export class PositionScores {
  readonly #places = new Map<number, CountedValues>();

  add({ position, value }: ScoreObservation): void {
    if (position === null || value === null) return;
    const values = this.#places.get(position) ?? new CountedValues();
    this.#places.set(position, values);
    values.add(value);
  }

  /** Null where nothing was shown together. */
  result(aspect: string): PositionBias | null {
    if (this.#places.size === 0) return null;
    const places = [...this.#places]
      .sort(([one], [other]) => one - other)
      .map(([position, values]) => ({ place: position + 1, ...values.estimate()! }));
    const means = places.map(({ mean }) => mean);
    return { aspect, places, spread: Math.max(...means) - Math.min(...means) };
  }
}
