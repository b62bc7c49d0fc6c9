import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyDisagreement,
  cohensKappa,
  linearDisagreement,
  quadraticDisagreement,
} from "../../tools/evaluation/statistics/cohens-kappa.ts";
import { PairCounts } from "../../tools/evaluation/statistics/pair-counts.ts";

function fromTable(table: number[][]): PairCounts {
  const pairs = new PairCounts();
  table.forEach((row, first) => {
    row.forEach((count, second) => {
      pairs.add(first, second, count);
    });
  });
  return pairs;
}

function fromList(list: readonly (readonly [number, number])[]): PairCounts {
  const pairs = new PairCounts();
  for (const [first, second] of list) pairs.add(first, second);
  return pairs;
}

/** Two diagnosticians, 200 cases, three categories: the illustration of Cohen 1960 and 1968. */
const DIAGNOSES = [
  [88, 10, 2],
  [14, 40, 6],
  [18, 10, 12],
];

describe("published examples", () => {
  test("Cohen 1960: agreement 0.70, expected 0.41, kappa 0.492", () => {
    expect(cohensKappa(fromTable(DIAGNOSES), anyDisagreement)).toBeCloseTo(0.29 / 0.59, 12);
  });

  test("Cohen 1960: agreement 0.29, expected 0.35, kappa -0.09", () => {
    const table = [
      [25, 13, 12],
      [12, 2, 16],
      [3, 15, 2],
    ];
    expect(cohensKappa(fromTable(table), anyDisagreement)).toBeCloseTo(-0.06 / 0.65, 12);
  });

  test("Cohen 1968: disagreements of 1, 3 and 6, weighted kappa 0.348", () => {
    const weights = [
      [0, 1, 3],
      [1, 0, 6],
      [3, 6, 0],
    ];
    const weighted = cohensKappa(fromTable(DIAGNOSES), (first, second) => weights[first]![second]!);
    expect(weighted).toBeCloseTo(0.348, 3);
  });
});

const point = fc.integer({ min: 1, max: 7 });
const ratings = fc.array(fc.tuple(point, point), { minLength: 2, maxLength: 40 });

describe("of any ratings", () => {
  test("quadratic weights give Lin's coefficient of concordance", () => {
    fc.assert(
      fc.property(ratings, (list) => {
        const mean = (of: (pair: readonly [number, number]) => number) =>
          list.reduce((sum, pair) => sum + of(pair), 0) / list.length;
        const [first, second] = [mean(([one]) => one), mean(([, other]) => other)];
        const covariance = mean(([one, other]) => (one - first) * (other - second));
        const variances = mean(([one]) => (one - first) ** 2) + mean(([, other]) => (other - second) ** 2);
        const spread = variances + (first - second) ** 2;
        const kappa = cohensKappa(fromList(list), quadraticDisagreement);
        if (spread === 0) expect(kappa).toBeNull();
        else expect(kappa).toBeCloseTo((2 * covariance) / spread, 9);
      }),
    );
  });

  test("it is 1 for equal ones, the same for swapped judges, and moves with the scale's zero", () => {
    fc.assert(
      fc.property(ratings, fc.constantFrom(anyDisagreement, linearDisagreement), (list, disagreement) => {
        const kappa = cohensKappa(fromList(list), disagreement);
        const same = list.map(([one]) => [one, one] as const);
        const varied = new Set(list.map(([one]) => one)).size > 1;
        expect(cohensKappa(fromList(same), disagreement)).toBe(varied ? 1 : null);
        const swapped = fromList(list.map(([one, other]) => [other, one]));
        const moved = fromList(list.map(([one, other]) => [one + 3, other + 3]));
        for (const other of [swapped, moved].map((pairs) => cohensKappa(pairs, disagreement))) {
          if (kappa === null) expect(other).toBeNull();
          else expect(other).toBeCloseTo(kappa, 9);
        }
      }),
    );
  });

  test("two categories have but one kappa", () => {
    const yesNo = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)), { minLength: 1 });
    fc.assert(
      fc.property(yesNo, (list) => {
        const pairs = fromList(list);
        const kappa = cohensKappa(pairs, anyDisagreement);
        expect(cohensKappa(pairs, linearDisagreement)).toBe(kappa);
        expect(cohensKappa(pairs, quadraticDisagreement)).toBe(kappa);
      }),
    );
  });
});
