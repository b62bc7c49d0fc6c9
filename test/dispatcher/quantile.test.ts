import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyQuantile, highValue, observe } from "../../services/dispatcher/budget/quantile.ts";

test("it is not below the true quantile of what was seen, and a tenth above it at most", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 99 }), (values) => {
      const quantile = emptyQuantile(0.9);
      for (const value of values) observe(quantile, value);
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(0.9 * values.length) - 1]!;
      expect(highValue(quantile)).toBeGreaterThanOrEqual(exact);
      expect(highValue(quantile)).toBeLessThanOrEqual(exact * 1.1 + 1);
    }),
  );
});

test("it follows data that change", () => {
  const quantile = emptyQuantile(0.9);
  for (let i = 0; i < 5_000; i++) observe(quantile, 1_000);
  for (let i = 0; i < 20_000; i++) observe(quantile, 10);
  expect(highValue(quantile)).toBeLessThan(20);
});

test("nothing seen is nothing", () => {
  expect(highValue(emptyQuantile(0.9))).toBe(0);
});
