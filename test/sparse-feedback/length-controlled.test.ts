import { expect, test } from "vitest";
import {
  type ComparedOutputs,
  lengthControlledWinRate,
} from "../../tools/sparse-feedback/length-controlled.ts";
import {
  lengthControlledOfRankings,
  winRateOfPreferences,
} from "../../tools/sparse-feedback/weighted-win-rate.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

const LENGTHS = Array.from({ length: 60 }, (_, i) => ((i * 37) % 101) * 9 - 300);
const modulo = (value: number, by: number) => ((value % by) + by) % by;
const HARD = LENGTHS.map((d, i) => (modulo(i * 53 + Math.floor(d / 10), 97) > 45 - d / 25 ? 1 : 0));
const SOFT = LENGTHS.map((d, i) => (((i * 29) % 83) / 82) * 0.6 + (d > 0 ? 0.35 : 0.05));

const compared = (outcomes: readonly number[]): ComparedOutputs[] =>
  outcomes.map((outcome, at) => ({ outcome, lengthDifference: LENGTHS[at]! }));

/** Computed by scikit-learn 1.9.1: LogisticRegression(C=1, solver="newton-cholesky") with the outcomes as weights. */
test.each([
  ["wins and losses", HARD, 58.92347257639759],
  ["probabilities", SOFT, 48.63099291904319],
  ["ties", HARD.map((outcome, i) => (i % 4 ? outcome : 0.5)), 54.506789990482524],
  ["outcomes that lengths alone tell apart", LENGTHS.map((d) => (d > 0 ? 1 : 0)), 50.84618441996365],
])("the length-controlled win rate of %s is that of another program", (_, outcomes, expected) => {
  expect(lengthControlledWinRate(compared(outcomes))).toBeCloseTo(expected, 6);
});

test("equal lengths leave the win rate as it is, and so do equal outcomes", () => {
  const even = [1, 1, 0, 0.5].map((outcome) => ({ outcome, lengthDifference: 7 }));
  expect(lengthControlledWinRate(even)).toBeCloseTo(62.5, 9);
  expect(lengthControlledWinRate(compared(LENGTHS.map(() => 1)))).toBe(100);
});

test("preferences of a judge that was not sure weigh by their probability", async () => {
  await using folder = await temporaryFolder();
  const rows = [1.9, 1.25, 1, 2].map((preference, at) => ({
    instruction: `p${at}`,
    output_1: "xx",
    generator_1: "m",
    output_2: "yy",
    generator_2: "n",
    preference,
  }));
  const done = await winRateOfPreferences({ input: await folder.put("a.json", JSON.stringify(rows)) });
  expect(done.winRate).toBeCloseTo((100 * (0.9 + 0.25 + 0 + 1)) / 4, 9);
  expect(done.lengthControlled).toBeCloseTo(done.winRate, 9);
  expect(done.n).toBe(4);
  const wrong = await folder.put("b.json", JSON.stringify([{ ...rows[0], preference: 0 }]));
  await expect(winRateOfPreferences({ input: wrong })).rejects.toThrow('row 0 has "0" as "preference"');
});

test("rankings are controlled for the length of their second outputs", async () => {
  await using folder = await temporaryFolder();
  const lines = HARD.map((outcome, at) => {
    const length = LENGTHS[at]!;
    const [one, other] = ["x".repeat(1 + Math.max(-length, 0)), "y".repeat(1 + Math.max(length, 0))];
    return `p${at},,${one},${other},${outcome === 1 ? "(b)" : "(a)"}`;
  });
  const done = await lengthControlledOfRankings({
    input: await folder.put("a.csv", `${lines.join("\n")}\n`),
  });
  expect(done.winRate).toBeCloseTo(61.666667, 5);
  expect(done.lengthControlled).toBeCloseTo(58.923473, 5);
});
