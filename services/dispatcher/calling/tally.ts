import type { Counter, Gauge } from "prom-client";

/**
 * Counts in a plain number; the metric hears of it when it is asked for. At thousands of calls a second a metric's own
 * counting costs as much as reading the answers.
 */
export interface Tally {
  add(amount: number): void;
}

interface Settled extends Tally {
  settle(): void;
}

/** By metric, and by labels: a route that is opened again goes on where it was. */
const tallies = new Map<Counter, Map<string, Settled>>();
const sizes = new Map<Gauge, Map<string, () => number>>();

/** @returns what counts for one label set of the metric, whose `collect` is to be `settleTallies` */
export function tally(metric: Counter, ...labels: string[]): Tally {
  const ofMetric = tallies.get(metric) ?? new Map<string, Settled>();
  tallies.set(metric, ofMetric);
  const name = JSON.stringify(labels);
  const known = ofMetric.get(name) ?? settledInto(metric.labels(...labels));
  ofMetric.set(name, known);
  return known;
}

function settledInto(counter: Counter.Internal): Settled {
  let pending = 0;
  return {
    add: (amount) => {
      pending += amount;
    },
    settle: () => {
      if (pending > 0) counter.inc(pending);
      pending = 0;
    },
  };
}

/** Shows a size as it is at the moment of the question, under the label. */
export function showSize(metric: Gauge, label: string, size: () => number): void {
  const shown = sizes.get(metric) ?? new Map<string, () => number>();
  sizes.set(metric, shown);
  shown.set(label, size);
}

export function settleTallies(this: Counter): void {
  for (const { settle } of tallies.get(this)?.values() ?? []) settle();
}

export function lookAtSizes(this: Gauge): void {
  for (const [label, size] of sizes.get(this) ?? []) this.labels(label).set(size());
}
