import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { winRateOf, winRateOfRankings, winRateOfRatings } from "../../tools/sparse-feedback/win-rate.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

describe("the interval", () => {
  test("is 1.96 standard errors of the mean to each side", () => {
    // 1, 1, 0.5, 0: mean 0.625, deviations squared 0.6875, s^2 = 0.229167, SEM = 0.239357.
    const { winRate, margin, n } = winRateOf({ wins: 2, ties: 1, losses: 1 });
    expect({ winRate, n }).toEqual({ winRate: 62.5, n: 4 });
    expect(margin).toBeCloseTo(46.914, 3);
  });

  test("is that of the outcomes as a list of numbers", () => {
    const count = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(count, count, count, (wins, ties, losses) => {
        fc.pre(wins + ties + losses > 1);
        const list = [...Array(wins).fill(1), ...Array(ties).fill(0.5), ...Array(losses).fill(0)];
        const mean = list.reduce((sum, one) => sum + one, 0) / list.length;
        const squares = list.reduce((sum, one) => sum + (one - mean) ** 2, 0);
        const sem = Math.sqrt(squares / (list.length - 1)) / Math.sqrt(list.length);
        const rate = winRateOf({ wins, ties, losses });
        expect(rate.winRate).toBeCloseTo(100 * mean, 9);
        expect(rate.margin).toBeCloseTo(196 * sem, 9);
      }),
    );
  });

  test("is none for one comparison, and none at all cannot be", () => {
    expect(winRateOf({ wins: 1, ties: 0, losses: 0 })).toMatchObject({ winRate: 100, margin: null, n: 1 });
    expect(winRateOf({ wins: 3, ties: 0, losses: 0 })).toMatchObject({ winRate: 100, margin: 0 });
    expect(() => winRateOf({ wins: 0, ties: 0, losses: 0 })).toThrow(RangeError);
  });
});

describe("of rankings", () => {
  test("(b) is the aligned model's win", async () => {
    await using folder = await temporaryFolder();
    const rows = ["p,,r,a,(b)", "q,,r,a,(b)", "s,,r,a,equal", "s,,r,a,(a)"];
    const input = await folder.put("rankings.csv", `${rows.join("\n")}\n`);
    const rate = await winRateOfRankings({ input });
    expect(rate).toMatchObject({ winRate: 62.5, n: 4, wins: 2, ties: 1, losses: 1, repeated: 1 });
  });
});

describe("of ratings", () => {
  async function rated(reference: string[], aligned: string[]) {
    await using folder = await temporaryFolder();
    return await winRateOfRatings({
      reference: await folder.put("reference.csv", `${reference.join("\n")}\n`),
      aligned: await folder.put("aligned.csv", `${aligned.join("\n")}\n`),
    });
  }

  test("the higher one wins, prompts of one file are counted, and the first of repeated ones counts", async () => {
    const rate = await rated(
      ["p,,r,3", "p,,r,7", "q,,r,4", "s,nan,r,4", "only,,r,1"],
      ["s,,a,4", "q,,a,2", "p,,a,5", "p,,a,1", "u,,a,7", "v,,a,7"],
    );
    expect(rate).toMatchObject({ winRate: 50, n: 3, wins: 1, ties: 1, losses: 1 });
    expect(rate).toMatchObject({ repeated: 2, onlyInReference: 1, onlyInAligned: 2 });
  });

  test("prompts with one instruction and two inputs are two", async () => {
    const rate = await rated(["p,x,r,3", "p,y,r,3"], ["p,y,a,5", "p,x,a,1"]);
    expect(rate).toMatchObject({ wins: 1, losses: 1, n: 2, repeated: 0 });
  });

  test("files without a common prompt are refused", async () => {
    await expect(rated(["p,,r,3"], ["q,,a,3"])).rejects.toThrow(/no prompt in common/);
  });
});
