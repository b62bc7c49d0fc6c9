import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BinarizeOptions,
  binarizeRow,
  type RatedRow,
} from "../../tools/preferences/pairs/binarize-row.ts";

const USUAL: BinarizeOptions = { rejected: "random", seed: 0, ties: "drop", margin: 0 };

function rowOf(means: (number | null)[], more: Partial<RatedRow> = {}): RatedRow {
  const order = means.map((_, index) => index);
  return {
    id: "p",
    prompt: "p",
    responses: means.map((_, index) => `response ${index}`),
    models: means.map(() => null),
    means,
    order,
    ...more,
  };
}

test("the worked example: the third response is chosen, and one below it rejected", () => {
  const means = [13 / 3, 11 / 3, 5, 4 / 3];
  expect(binarizeRow(rowOf(means), { ...USUAL, rejected: "lowest" })).toEqual({ chosen: 2, rejected: 3 });
  const drawn = Array.from({ length: 60 }, (_, id) => binarizeRow(rowOf(means, { id: `${id}` }), USUAL));
  expect(new Set(drawn.map((pair) => typeof pair !== "string" && pair.chosen))).toEqual(new Set([2]));
  expect(new Set(drawn.map((pair) => typeof pair !== "string" && pair.rejected))).toEqual(new Set([0, 1, 3]));
});

test("of equally good responses the first shown is chosen", () => {
  expect(binarizeRow(rowOf([4, 5, 5, 1]), { ...USUAL, rejected: "lowest" })).toEqual({
    chosen: 1,
    rejected: 3,
  });
  const shown = rowOf([4, 5, 5, 1], { order: [2, 3, 1, 0] });
  expect(binarizeRow(shown, { ...USUAL, rejected: "lowest" })).toEqual({ chosen: 2, rejected: 3 });
});

test.each([
  [[3, 3, 3], {}, "tied"],
  [[3, null], {}, "unrated"],
  [[null, null], {}, "unrated"],
  [[3], {}, "unrated"],
  [[4, 3.5], { margin: 1 }, "withinMargin"],
  [[4, 3], { margin: 1 }, { chosen: 0, rejected: 1 }],
  [[4.6, 4.5], { margin: 0.1 }, { chosen: 0, rejected: 1 }],
  [[4.3, 4.2], { margin: 0.1 }, { chosen: 0, rejected: 1 }],
  [[4.6, 4.5], { margin: 0.11 }, "withinMargin"],
  [[3, 3], { ties: "keep" }, { chosen: 0, rejected: 1 }],
  [[3, null, 3], { ties: "keep", rejected: "lowest" }, { chosen: 0, rejected: 2 }],
] as const)("means %j with %j give %j", (means, options, expected) => {
  expect(binarizeRow(rowOf([...means]), { ...USUAL, ...options })).toEqual(expected);
});

test("a text is never preferred to itself: another one below is rejected, or there is no pair", () => {
  expect(binarizeRow(rowOf([5, 4], { responses: ["x", "x"] }), USUAL)).toBe("identical");
  expect(binarizeRow(rowOf([5, 4, 4.5], { responses: ["x", "x", "y"] }), USUAL)).toEqual({
    chosen: 0,
    rejected: 2,
  });
});

test("the rejected one is worse than the chosen one, which no other beats, and follows from seed and row alone", () => {
  const mean = fc.option(
    fc.integer({ min: 4, max: 20 }).map((quarters) => quarters / 4),
    { freq: 6 },
  );
  const options = fc.record({
    rejected: fc.constantFrom("random" as const, "lowest" as const),
    seed: fc.nat(),
    ties: fc.constant("drop" as const),
    margin: fc.constantFrom(0, 0.5, 2),
  });
  fc.assert(
    fc.property(fc.array(mean, { maxLength: 8 }), options, fc.string(), (means, chosenOptions, id) => {
      const row = rowOf(means, { id });
      const pair = binarizeRow(row, chosenOptions);
      expect(binarizeRow(row, chosenOptions)).toEqual(pair);
      if (typeof pair === "string") return;
      const [best, worse] = [means[pair.chosen]!, means[pair.rejected]!];
      expect(worse).toBeLessThan(best);
      expect(best - worse).toBeGreaterThanOrEqual(chosenOptions.margin);
      for (const other of means) expect(other ?? 0).toBeLessThanOrEqual(best);
    }),
  );
});
