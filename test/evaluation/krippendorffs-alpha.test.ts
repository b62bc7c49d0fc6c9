import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  krippendorffsAlpha,
  type ScaleLevel,
} from "../../tools/evaluation/statistics/krippendorffs-alpha.ts";

const LEVELS: ScaleLevel[] = ["nominal", "ordinal", "interval"];
const each = (lists: readonly (readonly number[])[]) => lists.map((values) => ({ values, count: 1 }));

/** Four observers, twelve units, some values missing: section C of Krippendorff 2011. */
const OBSERVERS = [
  [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
  [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
  [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
  [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
];
const UNITS = OBSERVERS[0]!.map((_, unit) =>
  OBSERVERS.map((values) => values[unit]!).filter((value) => value !== null),
);

test.each<[ScaleLevel, number]>([
  ["nominal", 0.743],
  ["ordinal", 0.815],
  ["interval", 0.849],
])("Krippendorff 2011, section C: %s alpha %d", (level, alpha) => {
  expect(krippendorffsAlpha(each(UNITS), level)).toBeCloseTo(alpha, 3);
});

test("Krippendorff 2011, section A: two observers, ten units, binary alpha 0.095", () => {
  const first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
  const second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
  const units = each(first.map((value, unit) => [value, second[unit]!]));
  for (const level of LEVELS) expect(krippendorffsAlpha(units, level)).toBeCloseTo(0.095, 3);
});

test("Krippendorff 2011, section B: two observers, twelve units, five names, alpha 0.692", () => {
  const first = "aabbdcccedda".split("");
  const second = "babbbccceddd".split("");
  const name = (letter: string) => letter.charCodeAt(0);
  const units = each(first.map((letter, unit) => [name(letter), name(second[unit]!)]));
  expect(krippendorffsAlpha(units, "nominal")).toBeCloseTo(0.692, 3);
});

/** By the definition: differences of all pairs of values, of one unit and of any. */
function byPairs(units: readonly (readonly number[])[], level: ScaleLevel): number | null {
  const pairable = units.filter((values) => values.length > 1);
  const all = pairable.flat();
  const difference = (one: number, other: number) => {
    if (level === "nominal") return one === other ? 0 : 1;
    if (level === "interval") return (one - other) ** 2;
    const [low, high] = [Math.min(one, other), Math.max(one, other)];
    const ends = all.filter((value) => value === low || value === high).length / (low === high ? 1 : 2);
    return (all.filter((value) => value >= low && value <= high).length - ends) ** 2;
  };
  const spread = (values: readonly number[]) =>
    values.reduce((sum, one) => sum + values.reduce((more, other) => more + difference(one, other), 0), 0);
  const expected = spread(all) / (all.length * (all.length - 1));
  const observed =
    pairable.reduce((sum, values) => sum + spread(values) / (values.length - 1), 0) / all.length;
  return all.length === 0 || expected === 0 ? null : 1 - observed / expected;
}

const value = fc.integer({ min: -3, max: 7 });
const units = fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 12 });

describe("of any values", () => {
  test("it is what its definition by pairs gives", () => {
    fc.assert(
      fc.property(units, fc.constantFrom(...LEVELS), (lists, level) => {
        const alpha = krippendorffsAlpha(each(lists), level);
        const expected = byPairs(lists, level);
        if (expected === null) expect(alpha).toBeNull();
        else expect(alpha).toBeCloseTo(expected, 9);
      }),
    );
  });

  test("counted units are units that stand there so often", () => {
    fc.assert(
      fc.property(
        units,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(...LEVELS),
        (lists, count, level) => {
          const repeated = each(Array.from({ length: count }, () => lists).flat());
          const alpha = krippendorffsAlpha(repeated, level);
          const counted = krippendorffsAlpha(
            lists.map((values) => ({ values, count })),
            level,
          );
          if (alpha === null) expect(counted).toBeNull();
          else expect(counted).toBeCloseTo(alpha, 9);
        },
      ),
    );
  });

  test("ordinal alpha sees only the order, interval alpha neither zero nor unit", () => {
    fc.assert(
      fc.property(units, (lists) => {
        const changed = (change: (value: number) => number) =>
          each(lists.map((values) => values.map(change)));
        const ordinal = krippendorffsAlpha(each(lists), "ordinal");
        expect(
          krippendorffsAlpha(
            changed((value) => value ** 3),
            "ordinal",
          ),
        ).toBe(ordinal);
        const interval = krippendorffsAlpha(each(lists), "interval");
        const scaled = krippendorffsAlpha(
          changed((value) => 10 * value + 3),
          "interval",
        );
        if (interval === null) expect(scaled).toBeNull();
        else expect(scaled).toBeCloseTo(interval, 9);
      }),
    );
  });
});
