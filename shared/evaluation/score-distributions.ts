import type { ScoreObservation } from "./observation.ts";

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

/** Counts values by aspect and model, in the order in which these first come up. */
export class ScoreDistributions {
  readonly #byAspect = new Map<string, Map<string | null, Map<number | null, number>>>();

  add({ aspect, model, value }: ScoreObservation): void {
    const byModel = this.#byAspect.get(aspect) ?? new Map<string | null, Map<number | null, number>>();
    this.#byAspect.set(aspect, byModel);
    const counts = byModel.get(model) ?? new Map<number | null, number>();
    byModel.set(model, counts);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  /** Aspect after aspect, the models of each by name. */
  list(): ScoreDistribution[] {
    return [...this.#byAspect].flatMap(([aspect, byModel]) =>
      [...byModel]
        .sort(([one], [other]) => (one ?? "").localeCompare(other ?? ""))
        .map(([model, counts]) => distributionOf(aspect, model, counts)),
    );
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
