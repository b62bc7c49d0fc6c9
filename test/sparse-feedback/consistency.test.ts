import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measureConsistency } from "../../tools/sparse-feedback/consistency.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

async function measured(ratings: string[], rankings: string[]) {
  await using folder = await temporaryFolder();
  return await measureConsistency({
    ratings: await folder.put("ratings.csv", `${ratings.join("\n")}\n`),
    rankings: await folder.put("rankings.csv", `${rankings.join("\n")}\n`),
  });
}

test("pairs are compared with what their ratings imply", async () => {
  const done = await measured(
    ["p,,x,5", "p,nan,y,3", "p,,z,3"],
    ["p,,x,y,(a)", "p,,y,x,(b)", "p,,y,z,equal", "p,,x,z,(b)"],
  );
  expect(done).toMatchObject({ consistency: 75, matches: 3, compared: 4 });
  expect(done.table).toEqual({
    "(a)": { "(a)": 1, "(b)": 1, equal: 0 },
    "(b)": { "(a)": 0, "(b)": 1, equal: 0 },
    equal: { "(a)": 0, "(b)": 0, equal: 1 },
  });
});

test("the first of repeated rows counts, and pairs without both ratings are excluded with the reason", async () => {
  const done = await measured(
    ["p,,x,5", "p,,x,1", "p,,x,5", "p,,y,3"],
    ["p,,x,y,(a)", "p,,x,y,(b)", "p,,x,y,(a)", "p,,x,u,(a)", "p,,u,x,(a)", "p,,u,v,(a)", "q,,x,y,(a)"],
  );
  expect(done).toMatchObject({
    consistency: 100,
    compared: 1,
    excluded: { firstUnrated: 1, secondUnrated: 1, bothUnrated: 2 },
    ratings: { rows: 4, repeated: 2, conflicting: 1 },
    rankings: { rows: 7, repeated: 2, conflicting: 1 },
  });
});

test("a ranking that follows from the ratings is consistent, one that does not is not", async () => {
  const score = fc.integer({ min: 1, max: 7 });
  const judged = fc.tuple(score, score, fc.constantFrom("(a)", "(b)", "equal"));
  await fc.assert(
    fc.asyncProperty(fc.array(judged, { minLength: 1, maxLength: 8 }), async (pairs) => {
      const done = await measured(
        pairs.flatMap(([first, second], at) => [`p${at},,x,${first}`, `p${at},,y,${second}`]),
        pairs.map(([, , ranking], at) => `p${at},,x,y,${ranking}`),
      );
      const agree = pairs.filter(([first, second, ranking]) =>
        ranking === "equal" ? first === second : ranking === "(a)" ? first > second : first < second,
      );
      expect(done.consistency).toBeCloseTo((100 * agree.length) / pairs.length, 10);
    }),
    { numRuns: 50 },
  );
});

describe("cannot be measured", () => {
  test("where no pair has both ratings", async () => {
    await expect(measured(["p,,x,5"], ["p,,x,y,(a)"])).rejects.toThrow(
      /No pair of .* has both of its responses/,
    );
  });

  test("where the files are swapped", async () => {
    await expect(measured(["p,,x,y,(a)"], ["p,,x,5"])).rejects.toThrow(
      /line 1 has 5 cells where .*: those of rankings are as many: give the file as such, or mend it\.$/,
    );
  });
});
