import { expect, test } from "vitest";
import { measureJudges } from "../../tools/evaluation/measures/judges-agreement.ts";
import { judgesPage } from "../../tools/report/judges-page.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

/** Four observers, twelve units, some values missing: section C of Krippendorff 2011. */
const OBSERVERS = [
  [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
  [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
  [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
  [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
];

test("four judges' files have the alpha of Krippendorff 2011, section C, and six pairs", async () => {
  await using folder = await temporaryFolder();
  const paths: string[] = [];
  for (const [judge, values] of OBSERVERS.entries()) {
    const lines = values.flatMap((value, unit) => (value === null ? [] : [`p${unit},,x,${value}`]));
    paths.push(await folder.put(`${judge}.csv`, `${(judge % 2 ? lines.reverse() : lines).join("\n")}\n`));
  }
  const { aspects, judges, of } = await measureJudges(paths);
  expect({ of, judges: judges.length }).toEqual({ of: "ratings", judges: 4 });
  const [only] = aspects;
  // Eleven units have two values or more; the twelfth has one.
  expect(only).toMatchObject({ aspect: "rating", judges: 4, compared: 11 });
  expect(only!.alphaNominal).toBeCloseTo(0.743, 3);
  expect(only!.alphaOrdinal).toBeCloseTo(0.815, 3);
  expect(only!.alphaInterval).toBeCloseTo(0.849, 3);
  expect(only!.pairs.map(({ compared, equal }) => [compared, equal])).toEqual([
    [9, 8],
    [8, 5],
    [9, 8],
    [9, 6],
    [10, 9],
    [10, 7],
  ]);
  expect(judgesPage({ aspects, judges, of })).toContain("Agreement of 4 judges");
});

test("rankings of three judges do not depend on the order in which a pair was shown", async () => {
  await using folder = await temporaryFolder();
  const straight = await folder.put("a.csv", "p,,Z,B,(a)\nq,,Z,B,(b)\nr,,B,Z,equal\n");
  const swapped = await folder.put("b.csv", "p,,B,Z,(b)\nq,,B,Z,(a)\nr,,Z,B,equal\n");
  const third = await folder.put("c.csv", "p,,Z,B,(a)\nq,,Z,B,(b)\nr,,B,Z,(a)\n");
  const { aspects } = await measureJudges([straight, swapped, third]);
  expect(aspects[0]!.pairs.map(({ equal }) => equal)).toEqual([3, 2, 2]);
});

test("files that share nothing, are of two kinds or given twice are refused", async () => {
  await using folder = await temporaryFolder();
  const one = await folder.put("a.csv", "p,,x,5\n");
  const other = await folder.put("b.csv", "q,,x,5\n");
  const ranked = await folder.put("c.csv", "q,,x,y,(a)\n");
  await expect(measureJudges([one, other])).rejects.toThrow("have judged anything in common");
  await expect(measureJudges([one, ranked])).rejects.toThrow("give files of one kind");
  await expect(measureJudges([one, one])).rejects.toThrow("is given twice");
});
