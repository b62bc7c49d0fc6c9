import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgreementOptions, measureAgreement } from "../../tools/evaluation/measures/agreement.ts";
import { shareInterval } from "../../tools/evaluation/statistics/share-interval.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

async function measured(first: string[], second: string[], options: Partial<AgreementOptions> = {}) {
  await using folder = await temporaryFolder();
  return await measureAgreement({
    first: await folder.put("first.csv", `${first.join("\n")}\n`),
    second: await folder.put("second.csv", `${second.join("\n")}\n`),
    ...options,
  });
}

describe("ratings", () => {
  test("are joined by prompt and response, whatever their order and header", async () => {
    const done = await measured(
      ["p,,x,5", "p,nan,y,3", "q,i,x,1", "r,,x,2"],
      ["rating,output,instruction,input,note", "1,x,q,i,-", "4,y,p,,-", "5,x,p,,-", "7,z,p,,-"],
    );
    expect(done).toMatchObject({ of: "ratings", first: { judgements: 4 }, second: { judgements: 4 } });
    expect(done.aspects).toMatchObject([
      {
        aspect: "rating",
        compared: 3,
        equal: 2,
        means: { first: 3, second: 10 / 3 },
        excluded: { onlyFirst: 1, onlySecond: 1, notApplicable: 0 },
        table: {
          values: [1, 3, 4, 5],
          counts: [
            [1, 0, 0, 0],
            [0, 0, 1, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 1],
          ],
        },
      },
    ]);
    expect(done.aspects[0]!.percentage).toBeCloseTo(66.667, 3);
  });

  test("of one judge who repeats themselves, the first counts", async () => {
    const done = await measured(["p,,x,5", "p,,x,1", "p,,x,5", "p,,y,2"], ["p,,x,5", "p,,y,2"]);
    expect(done).toMatchObject({ aspects: [{ compared: 2, equal: 2, kappa: 1, alphaInterval: 1 }] });
    expect(done.first).toMatchObject({ judgements: 4, repeated: 2, conflicting: 1 });
  });

  test("that are all the same have no kappa and no alpha", async () => {
    const done = await measured(["p,,x,5", "p,,y,5"], ["p,,x,5", "p,,y,5"]);
    expect(done.aspects).toMatchObject([{ percentage: 100, kappa: null, alphaOrdinal: null }]);
  });
});

describe("rankings", () => {
  test("agree by the same numbers whatever letters the texts begin with", async () => {
    const verdicts = [
      ...Array<[string, string]>(17).fill(["(b)", "(b)"]),
      ["(b)", "(a)"] as const,
      ["(a)", "(b)"] as const,
      ["(a)", "(a)"] as const,
    ];
    const rowsOf = (judge: 0 | 1, first: (at: number) => string) =>
      verdicts.map((pair, at) => `p,,${first(at)} ${at},B ${at},${pair[judge]}`);
    const agreementOf = async (first: (at: number) => string) =>
      (await measured(rowsOf(0, first), rowsOf(1, first))).aspects;
    const sorted = await agreementOf(() => "A");
    expect(await agreementOf((at) => (at % 2 === 0 ? "A" : "Z"))).toEqual(sorted);
    // 0.9 agree; both say (b) 18 times and (a) twice: (0.9 - 0.82) / (1 - 0.82).
    expect(sorted[0]!.kappa).toBeCloseTo(0.08 / 0.18, 12);
  });

  test("are turned over where the other judge saw the pair the other way round", async () => {
    const done = await measured(
      ["p,,x,y,(a)", "p,,y,z,equal", "q,,x,y,(b)"],
      ["p,,y,x,(b)", "p,,z,y,equal", "q,,y,x,(b)"],
    );
    expect(done).toMatchObject({ of: "rankings", aspects: [{ aspect: "ranking", compared: 3, equal: 2 }] });
  });

  test("agree the same whichever way each pair is written", async () => {
    const ways = ["(a)", "(b)", "equal"] as const;
    const pair = fc.tuple(fc.constantFrom(...ways), fc.constantFrom(...ways), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 8 }), async (pairs) => {
        const other = { "(a)": "(b)", "(b)": "(a)", equal: "equal" } as const;
        const done = await measured(
          pairs.map(([one], at) => `p${at},,x,y,${one}`),
          pairs.map(([, two, turned], at) => (turned ? `p${at},,y,x,${other[two]}` : `p${at},,x,y,${two}`)),
        );
        expect(done.aspects[0]!.equal).toBe(pairs.filter(([one, two]) => one === two).length);
      }),
      { numRuns: 30 },
    );
  });
});

describe("cannot be measured", () => {
  test.each<[what: string, first: string[], second: string[], options: object, says: RegExp]>([
    ["of different things", ["p,,x,5"], ["p,,y,5"], {}, /have judged nothing in common/],
    [
      "ratings with rankings",
      ["p,,x,5"],
      ["p,,x,y,(a)"],
      {},
      /holds ratings and .*holds? ?rankings|rankings: give/,
    ],
    [
      "an aspect that is not there",
      ["p,,x,5"],
      ["p,,x,5"],
      { firstAspect: "tone" },
      /no aspect "tone".*rating/,
    ],
    ["a rating outside of the scale", ["p,,x,8"], ["p,,x,5"], {}, /first\.csv line 1 has the rating "8"/],
    ["rows without verdicts", ["instruction,input,response", "p,,x"], ["p,,x,5"], {}, /no judgements that/],
  ])("%s", async (_, first, second, options, says) => {
    await expect(measured(first, second, options)).rejects.toThrow(says);
  });
});

describe("the interval of a share", () => {
  test("is Wilson's: 8 of 10 lie between 49.0 and 94.3 %", () => {
    const [low, high] = shareInterval(8, 10)!;
    expect(low).toBeCloseTo(49.02, 2);
    expect(high).toBeCloseTo(94.33, 2);
    expect(shareInterval(0, 0)).toBeNull();
  });

  test("holds the share and stays between 0 and 100", () => {
    const counts = fc
      .integer({ min: 1, max: 1000 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([successes, total]) => {
        const [low, high] = shareInterval(successes, total)!;
        const share = (100 * successes) / total;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(100);
        expect(low).toBeLessThanOrEqual(share + 1e-9);
        expect(high).toBeGreaterThanOrEqual(share - 1e-9);
        expect([shareInterval(0, total)![0], shareInterval(total, total)![1]]).toEqual([0, 100]);
      }),
    );
  });
});
