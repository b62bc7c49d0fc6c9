/**
 * A running high quantile of positive counts, over about the last `memory` of them: a histogram whose bounds grow by a
 * fixed factor, halved when it is full, so that a change in the data shows soon. The answer is the upper bound of the
 * quantile's class: at most one factor above the true value, and not below it.
 */
export interface Quantile {
  readonly classes: Float64Array;
  readonly share: number;
  seen: number;
  weight: number;
  /** Last answer, until the next observation changes it. */
  cached: number;
}

const GROWTH = 1.1;
const CLASSES = 160;
const MEMORY = 2_000;

export function emptyQuantile(share: number): Quantile {
  return { classes: new Float64Array(CLASSES), share, seen: 0, weight: 0, cached: -1 };
}

export function observe(quantile: Quantile, value: number): void {
  if (quantile.weight >= MEMORY) halve(quantile);
  const place = classOf(value);
  quantile.classes[place] = quantile.classes[place]! + 1;
  quantile.weight += 1;
  quantile.seen += 1;
  // Exact freshness is not worth a walk over all classes at every observation.
  if (quantile.seen < 100 || quantile.seen % 16 === 0) quantile.cached = -1;
}

/** The quantile of what was observed; 0 when nothing was. */
export function highValue(quantile: Quantile): number {
  if (quantile.cached < 0) quantile.cached = walk(quantile);
  return quantile.cached;
}

function walk({ classes, share, weight }: Quantile): number {
  if (weight === 0) return 0;
  let below = 0;
  for (let place = 0; place < CLASSES; place++) {
    below += classes[place]!;
    if (below >= share * weight) return boundOf(place);
  }
  return boundOf(CLASSES - 1);
}

function classOf(value: number): number {
  const place = value <= 1 ? 0 : Math.ceil(Math.log(value) / Math.log(GROWTH) - 1e-9);
  return Math.min(place, CLASSES - 1);
}

function boundOf(place: number): number {
  return Math.ceil(GROWTH ** place - 1e-9);
}

function halve(quantile: Quantile): void {
  for (let place = 0; place < CLASSES; place++) quantile.classes[place] = quantile.classes[place]! / 2;
  quantile.weight /= 2;
}
