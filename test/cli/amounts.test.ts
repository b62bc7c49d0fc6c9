import { expect, test } from "vitest";
import { dollars, perSecond } from "../../cli/view/amounts.ts";
import { anyOf } from "../../shared/words/any-of.ts";

test("dollars have cents from one dollar on, also where less is rounded up to it, and two digits below", () => {
  const written = [0, 0.0000056, 0.0054, 0.994, 0.9951, 1.5, 369.126, null].map(dollars);
  expect(written).toEqual([
    "$0.00",
    "$0.0000056",
    "$0.0054",
    "$0.99",
    "$1.00",
    "$1.50",
    "$369.13",
    "unknown",
  ]);
});

test("a slow rate has a decimal", () => {
  expect([0.34, 9.94, 22.4, 12_345].map(perSecond)).toEqual([
    ...["0.3 rows/s", "9.9 rows/s"],
    ...["22 rows/s", "12,345 rows/s"],
  ]);
});

test("of several names the last is set off by or", () => {
  expect([["a"], ["a", "b"], ["a", "b", "c"]].map(anyOf)).toEqual(["a", "a or b", "a, b or c"]);
});
