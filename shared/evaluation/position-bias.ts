import { estimateMean, type MeanEstimate } from "./mean-estimate.ts";
import type { ScoreObservation } from "./observation.ts";

/** Mean score by the place in which a response was shown. */
export interface PositionBias {
  aspect: string;
  /** `place` counts from 1. */
  places: (MeanEstimate & { place: number })[];
  /** The highest mean less the lowest one. */
  spread: number;
}

/**
 * Collects scores of responses that were shown together. Where the order was drawn, each place holds responses that are
 * equally good on average, so that means which differ by more than their intervals are the judge's favour for a place.
 */
export class PositionScores {
  readonly #byAspect = new Map<string, number[][]>();

  add({ aspect, position, value }: ScoreObservation): void {
    if (position === null || value === null) return;
    const places = this.#byAspect.get(aspect) ?? [];
    this.#byAspect.set(aspect, places);
    const scores = places[position] ?? [];
    places[position] = scores;
    scores.push(value);
  }

  list(): PositionBias[] {
    return [...this.#byAspect].map(([aspect, scores]) => {
      const places = Array.from(scores, (values, position) => ({
        estimate: estimateMean(values ?? []),
        position,
      })).flatMap(({ estimate, position }) => (estimate ? [{ place: position + 1, ...estimate }] : []));
      const means = places.map(({ mean }) => mean);
      return { aspect, places, spread: Math.max(...means) - Math.min(...means) };
    });
  }
}
