import type { ScoreObservation } from "../judged/observation.ts";

/** How often a judge gave each value to the responses of a model, in one aspect. */
export interface ScoreDistribution {
  aspect: string;
  /** Null where the file does not say whose responses they are. */
  model: string | null;
  counts: { value: number; count: number }[];
  notApplicable: number;
  n: number;
  mean: number | null;
}

/** Counts the values of one aspect by model. */
export class ScoreDistributions {
  readonly #byModel = new Map<string | null, Map<number | null, number>>();

  add({ model, value }: ScoreObservation): void {
    const counts = this.#byModel.get(model) ?? new Map<number | null, number>();
    this.#byModel.set(model, counts);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  /** The models by name. */
  result(aspect: string): ScoreDistribution[] {
    return [...this.#byModel]
      .sort(([one], [other]) => (one ?? "").localeCompare(other ?? ""))
      .map(([model, counts]) => distributionOf(aspect, model, counts));
  }
}

function distributionOf(
  aspect: string,
  model: string | null,
  counted: ReadonlyMap<number | null, number>,
): ScoreDistribution {
  const counts = [...counted]
    .flatMap(([value, count]) => (value === null ? [] : [{ value, count }]))
    .sort((one, other) => one.value - other.value);
  const n = counts.reduce((sum, { count }) => sum + count, 0);
  const total = counts.reduce((sum, { value, count }) => sum + value * count, 0);
  const notApplicable = counted.get(null) ?? 0;
  return { aspect, model, counts, notApplicable, n, mean: n === 0 ? null : total / n };
}
