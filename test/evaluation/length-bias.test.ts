import fc from "fast-check";
import { sampleCorrelation, sampleRankCorrelation } from "simple-statistics";
import { expect, test } from "vitest";
import { LengthScores } from "../../tools/evaluation/measures/length-bias.ts";
import { LongestPreferences, type SizedScore } from "../../tools/evaluation/measures/longest-preference.ts";

const scored = fc.record({ length: fc.integer({ min: 0, max: 9 }), value: fc.integer({ min: 1, max: 5 }) });
const prompts = fc.array(fc.array(scored, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 20 });

function biasOf(lists: readonly (readonly SizedScore[])[]) {
  const scores = new LengthScores();
  for (const list of lists) {
    scores.add(
      list.map(({ length, value }) => ({
        kind: "score",
        prompt: "p",
        response: "x".repeat(length),
        model: null,
        aspect: "a",
        value,
        position: null,
      })),
    );
  }
  return scores.result("a")!;
}

function preferenceForLongest(lists: readonly (readonly SizedScore[])[]) {
  const preferences = new LongestPreferences();
  for (const list of lists) preferences.add(list);
  return preferences.result();
}

test("correlations of counted pairs are those of the pairs one by one", () => {
  fc.assert(
    fc.property(prompts, (lists) => {
      const all = lists.flat();
      const { pearson, spearman } = biasOf(lists);
      const [lengths, values] = [all.map(({ length }) => length), all.map(({ value }) => value)];
      if (new Set(lengths).size < 2 || new Set(values).size < 2) {
        expect({ pearson, spearman }).toEqual({ pearson: null, spearman: null });
        return;
      }
      expect(pearson).toBeCloseTo(sampleCorrelation(lengths, values), 9);
      expect(spearman).toBeCloseTo(sampleRankCorrelation(lengths, values), 9);
    }),
  );
});

test("groups by length hold every score once, equal lengths together, the shorter ones first", () => {
  fc.assert(
    fc.property(prompts, (lists) => {
      const { groups, n } = biasOf(lists);
      const all = lists.flat();
      expect(n).toBe(all.length);
      expect(groups.length).toBeLessThanOrEqual(5);
      for (const [at, group] of groups.entries()) {
        const inside = all.filter(({ length }) => length >= group.shortest && length <= group.longest);
        expect(group.n).toBe(inside.length);
        expect(group.mean).toBeCloseTo(inside.reduce((sum, { value }) => sum + value, 0) / inside.length, 9);
        expect(group.shortest).toBeGreaterThan(groups[at - 1]?.longest ?? -1);
      }
      expect(groups.reduce((sum, group) => sum + group.n, 0)).toBe(all.length);
    }),
  );
});

test("rank correlation sees only the order of lengths, and is 1 where the longer is always the better", () => {
  const rising = [1, 2, 3, 4].map((value) => ({ length: value ** 3, value }));
  expect(biasOf([rising]).spearman).toBeCloseTo(1, 12);
  expect(biasOf([rising]).pearson).toBeLessThan(1);
  expect(biasOf([[{ length: 3, value: 1 }]])).toMatchObject({ pearson: null, spearman: null });
  expect(biasOf([[1, 2].map((length) => ({ length, value: 3 }))])).toMatchObject({
    pearson: null,
    spearman: null,
  });
});

test("the longest is best in all prompts, or in none, where length decides", () => {
  const decided = (sign: number) =>
    Array.from({ length: 10 }, (_, prompt) =>
      [1, 2, 3, 4].map((length) => ({ length: length + prompt, value: sign * length })),
    );
  expect(preferenceForLongest(decided(1))).toMatchObject({
    prompts: 10,
    share: 100,
    expected: 25,
    margin: 0,
  });
  expect(preferenceForLongest(decided(-1))).toMatchObject({ prompts: 10, share: 0, expected: 25, margin: 0 });
});

test("over all orders of the scores of a prompt the longest is best as often as expected", () => {
  fc.assert(
    fc.property(fc.array(scored, { minLength: 2, maxLength: 4 }), (list) => {
      const values = permutations(list.map(({ value }) => value));
      const { share, expected } = preferenceForLongest(
        values.map((order) => list.map(({ length }, at) => ({ length, value: order[at]! }))),
      );
      if (share === null) expect(expected).toBeNull();
      else expect(share).toBeCloseTo(expected!, 9);
    }),
  );
});

test("prompts whose responses do not differ say nothing", () => {
  const same = [
    [{ length: 1, value: 3 }],
    [
      { length: 1, value: 3 },
      { length: 2, value: 3 },
    ],
    [
      { length: 2, value: 1 },
      { length: 2, value: 3 },
    ],
  ];
  expect(preferenceForLongest(same)).toEqual({ prompts: 0, share: null, expected: null, margin: null });
});

function permutations(values: readonly number[]): number[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((value, at) =>
    permutations([...values.slice(0, at), ...values.slice(at + 1)]).map((rest) => [value, ...rest]),
  );
}
