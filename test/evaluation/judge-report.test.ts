import { describe, expect, test } from "vitest";
import { measureAgreement } from "../../tools/evaluation/measures/agreement.ts";
import { measureJudge } from "../../tools/evaluation/measures/judge-report.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { jsonLines, ranked, ratedTogether } from "./judged-rows.ts";

/** Two models' responses; the long one is model B's. */
const RESPONSES = { A: "short", B: "a long response" };

async function report(rows: object[], more: Record<string, string> = {}) {
  await using folder = await temporaryFolder();
  const judged = rows.length > 0 ? await folder.put("judged.jsonl", jsonLines(rows)) : undefined;
  const files = await Promise.all(
    Object.entries(more).map(
      async ([name, text]) =>
        [name, await folder.put(name === "errors" ? "errors.jsonl" : `${name}.csv`, text)] as const,
    ),
  );
  return await measureJudge({ judged, ...Object.fromEntries(files) });
}

describe("responses rated together", () => {
  const rows = [
    ratedTogether("p", RESPONSES, {
      honesty: { ratings: [2, 4], order: [0, 1] },
      helpfulness: { ratings: [1, 5], order: [1, 0] },
    }),
    ratedTogether(
      "q",
      RESPONSES,
      { honesty: { ratings: [null, 3], order: [1, 0] }, helpfulness: { ratings: [4, 3], order: [0, 1] } },
      { judge: "gpt", asks: 4, asked_again: { helpfulness: ["missing_header", "refusal"] } },
    ),
  ];

  test("are counted by model and aspect, N/A apart, and their means as one more aspect", async () => {
    const { distributions, rows: count } = await report(rows);
    expect(count).toBe(2);
    expect(distributions).toEqual([
      { aspect: "honesty", model: "A", counts: [{ value: 2, count: 1 }], notApplicable: 1, n: 1, mean: 2 },
      expect.objectContaining({ aspect: "honesty", model: "B", n: 2, mean: 3.5 }),
      expect.objectContaining({ aspect: "helpfulness", model: "A", n: 2, mean: 2.5 }),
      expect.objectContaining({ aspect: "helpfulness", model: "B", n: 2, mean: 4 }),
      expect.objectContaining({ aspect: "mean", model: "A", n: 2, mean: 2.75 }),
      expect.objectContaining({ aspect: "mean", model: "B", n: 2, mean: 3.75 }),
    ]);
  });

  test("show what the place of a response does to its score", async () => {
    const { positions } = await report(rows);
    expect(positions).toMatchObject([
      {
        aspect: "honesty",
        spread: 1.5,
        places: [
          { place: 1, n: 2, mean: 2.5 },
          { place: 2, n: 1, mean: 4, margin: null },
        ],
      },
      {
        aspect: "helpfulness",
        spread: 2.5,
        places: [
          { place: 1, n: 2, mean: 4.5 },
          { place: 2, n: 2, mean: 2 },
        ],
      },
    ]);
    // Of 5 and 4: s = sqrt(0.5), SEM = 0.5; of 1 and 3: s = sqrt(2), SEM = 1.
    const [first, second] = positions[1]!.places;
    expect(first!.margin).toBeCloseTo(0.98, 10);
    expect(second!.margin).toBeCloseTo(1.96, 10);
  });

  test("show what its length does to it", async () => {
    const { lengths } = await report(rows);
    const helpfulness = lengths.find(({ aspect }) => aspect === "helpfulness");
    // Lengths 5, 15, 5, 15; scores 1, 5, 4, 3.
    expect(helpfulness?.pearson).toBeCloseTo(1.5 / Math.sqrt(8.75), 10);
    expect(helpfulness).toMatchObject({
      n: 4,
      withinPrompts: { prompts: 2, share: 50, expected: 50 },
      groups: [
        { shortest: 5, longest: 5, n: 2, mean: 2.5 },
        { shortest: 15, longest: 15, n: 2, mean: 4 },
      ],
    });
  });

  test("are compared with those of their row, where the prompt comes up again", async () => {
    const [row] = rows;
    const { lengths } = await report([row!, row!, row!]);
    expect(lengths[0]!.withinPrompts).toMatchObject({ prompts: 3, share: 100, expected: 50 });
  });

  test("count calls by what became of them; one that failed counts once, wherever it stands", async () => {
    const failed = {
      ...ratedTogether("r", RESPONSES, { honesty: { ratings: [1, 2], order: [0, 1] } }),
      asks: 4,
      asked_again: { helpfulness: ["invalid_rating", "missing_header"] },
      judgements: {
        honesty: { ratings: [1, 2], order: [0, 1] },
        helpfulness: { fault: { reason: "missing_header", message: "has no text 2" }, order: [0, 1] },
      },
    };
    const errors = jsonLines([
      {
        id: "r",
        part: "helpfulness",
        row: 5,
        reason: "missing_header",
        asks: 2,
        faults: ["invalid_rating", "missing_header"],
      },
      { id: "s", part: "ab", row: 8, reason: "refusal", asks: 1, faults: ["refusal"] },
      { row: 9, reason: "too_few_responses", message: "has one response", attempts: 0 },
    ]);
    const { replies, templates, judges } = await report([...rows, failed], { errors });
    expect(replies).toEqual({
      calls: 7,
      read: 5,
      afterReask: 1,
      quarantined: 2,
      reasons: [
        { reason: "missing_header", count: 1 },
        { reason: "refusal", count: 1 },
      ],
      unreadable: [
        { reason: "missing_header", count: 2 },
        { reason: "refusal", count: 2 },
        { reason: "invalid_rating", count: 1 },
      ],
      notAsked: 1,
    });
    expect(judges).toEqual(["gpt"]);
    expect(templates).toEqual([{ name: "helpfulness", sha256: "0".repeat(64) }]);
  });

  test("count failed calls of rows with one id each", async () => {
    const row = {
      ...ratedTogether("r", RESPONSES, {}),
      judgements: { honesty: { fault: { reason: "refusal", message: "is a refusal" }, order: [0, 1] } },
    };
    const line = { id: "r", part: "honesty", reason: "refusal", asks: 1, faults: ["refusal"] };
    const { replies } = await report([row, row], { errors: jsonLines([line, line, line]) });
    expect(replies).toMatchObject({ calls: 3, quarantined: 3 });
  });

  test("find the failed rows that the judge wrote beside them", async () => {
    await using folder = await temporaryFolder();
    await folder.put("judged.errors.jsonl", jsonLines([{ id: "s", part: "honesty", reason: "refusal" }]));
    const { replies, files } = await measureJudge({
      judged: await folder.put("judged.jsonl", jsonLines(rows)),
    });
    expect(replies).toMatchObject({ calls: 5, quarantined: 1 });
    expect(files).toEqual([folder.at("judged.jsonl"), folder.at("judged.errors.jsonl")]);
  });

  test("beside feedback, which does not tell of calls, failures are counted and are no share", async () => {
    await using folder = await temporaryFolder();
    await folder.put("ratings.errors.jsonl", jsonLines([{ id: "s", part: "rating", reason: "refusal" }]));
    const { replies } = await measureJudge({
      ratings: await folder.put("ratings.csv", "a,,one,4\nb,,two,6\n"),
    });
    expect(replies).toMatchObject({ calls: null, read: null, afterReask: null, quarantined: 1 });
  });

  test.each(["[simulated judge]\n\n#### Output", "(a)\n[simulated] Its worth", '{"why":"[simulated]"}'])(
    "of a simulated judge are marked as such: %j",
    async (reply) => {
      expect((await report(rows)).simulated).toBe(false);
      const judgements = { honesty: { ratings: [1, 2], order: [0, 1], reply } };
      const one = { ...ratedTogether("r", RESPONSES, {}), judgements };
      expect((await report([...rows, one])).simulated).toBe(true);
    },
  );

  test("numbers that other tools write, 4.0 for 4, are the same numbers", async () => {
    await using folder = await temporaryFolder();
    const text = jsonLines(rows).replaceAll('"ratings":[1,5]', '"ratings":[1.0,5.00]');
    const done = await measureJudge({ judged: await folder.put("judged.jsonl", text) });
    expect({ ...done, files: [] }).toEqual({ ...(await report(rows)), files: [] });
  });
});

describe("pairs asked in both orders", () => {
  test("with one letter twice are position bias, by the letter", async () => {
    const { pairs } = await report([
      ranked("p", ["x", "longer"], { ab: "(a)", ba: "(a)" }),
      ranked("q", ["x", "longer"], { ab: "(b)", ba: "(a)" }),
      ranked("r", ["x", "longer"], { ab: "(b)", ba: "(b)" }),
      ranked("s", ["x", "longer"], { ab: "(a)", ba: "(b)" }),
      ranked("t", ["x", "longer"], { ab: "(a)", ba: "(a)" }),
    ]);
    expect(pairs).toMatchObject({
      pairs: 5,
      rankings: { "(a)": 1, "(b)": 1, equal: 3 },
      sameLetter: { total: { count: 3, of: 5, percent: 60 }, "(a)": { count: 2 }, "(b)": { count: 1 } },
      firstShown: { count: 6, of: 10, percent: 60 },
      longerPreferred: { count: 1, of: 2, percent: 50 },
    });
  });

  test("have a reference in front where there is one", async () => {
    const row = {
      ...ranked("p", ["mine", ""], { ab: "(b)", ba: "(a)" }),
      method: "pairwise",
      responses: ["mine"],
      reference: "the reference",
    };
    const { pairs } = await report([row]);
    expect(pairs).toMatchObject({ rankings: { "(b)": 1 }, longerPreferred: { count: 0, of: 1 } });
  });
});

test("answers in a user's own form count where they are numbers, or yes and no", async () => {
  const row = {
    id: "p",
    method: "custom",
    instruction: "p",
    responses: ["x"],
    models: ["A"],
    judgements: { custom: { order: [0] } },
  };
  const { distributions } = await report([{ ...row, answer: { score: 8.5, polite: true, why: "it is" } }]);
  expect(distributions).toMatchObject([
    { aspect: "score", model: "A", mean: 8.5 },
    { aspect: "polite", model: "A", mean: 1 },
  ]);
});

test("ratings and rankings together give their consistency too", async () => {
  const { consistency, distributions, pairs, replies } = await report([], {
    ratings: "p,,x,5\np,,y,3\n",
    rankings: "p,,x,y,(a)\n",
  });
  expect(consistency).toMatchObject({ consistency: 100, compared: 1 });
  expect(distributions).toMatchObject([{ aspect: "rating", model: null, n: 2 }]);
  expect(pairs).toMatchObject({ pairs: 1, sameLetter: { total: { of: 0, percent: null } } });
  expect(replies).toBeNull();
});

test("a judge and a human agree on what both judged, whatever their files look like", async () => {
  await using folder = await temporaryFolder();
  const judged = [ratedTogether("p", RESPONSES, { ratings: { ratings: [2, 4], order: [0] } })];
  const { aspects } = await measureAgreement({
    first: await folder.put("judged.jsonl", jsonLines(judged)),
    second: await folder.put("human.csv", "p,,short,2\np,,a long response,5\n"),
  });
  expect(aspects).toMatchObject([{ aspect: "rating", compared: 2, equal: 1 }]);
});

describe("cannot be reported on", () => {
  test.each<[what: string, rows: object[], more: Record<string, string>, says: RegExp]>([
    ["nothing", [], {}, /nothing to report on: give --input, --ratings_csv or --rankings_csv/],
    ["rows of another kind", [{ prompt: "p" }], {}, /judged\.jsonl holds no judgements that Assay knows/],
    [
      "a judged row that was changed",
      [{ id: "p", method: "ultrafeedback", instruction: "p", responses: "x", judgements: {} }],
      {},
      /judged\.jsonl line 1 is no judged row: responses is not as it should be/,
    ],
    [
      "errors without reasons",
      [ranked("p", ["x", "y"], { ab: "(a)", ba: "(b)" })],
      { errors: "{}\n" },
      /no "reason"/,
    ],
  ])("%s", async (_, rows, more, says) => {
    await expect(report(rows, more)).rejects.toThrow(says);
  });

  test("an empty file of errors has none", async () => {
    const { replies } = await report([ranked("p", ["x", "y"], { ab: "(a)", ba: "(b)" })], { errors: "" });
    expect(replies).toMatchObject({ calls: 2, quarantined: 0 });
  });
});
