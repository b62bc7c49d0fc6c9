import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measureAgreement } from "../../tools/evaluation/measures/agreement.ts";
import { type JudgeReport, measureJudge } from "../../tools/evaluation/measures/judge-report.ts";
import { agreementPage } from "../../tools/report/agreement-page.ts";
import { scoreSteps, wholeScale } from "../../tools/report/charts/score-steps.ts";
import { consistencyPage } from "../../tools/report/consistency-page.ts";
import { html } from "../../tools/report/html.ts";
import { judgeReportPage } from "../../tools/report/judge-report-page.ts";
import { winRatePage } from "../../tools/report/win-rate-page.ts";
import { measureConsistency } from "../../tools/sparse-feedback/consistency.ts";
import { winRateOf } from "../../tools/sparse-feedback/win-rate.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";
import { jsonLines, ranked, ratedTogether } from "../evaluation/judged-rows.ts";
import { checkPage } from "./page-checks.ts";

const HOSTILE = `<script>alert(1)</script>"'&\u0000\uD800`;

async function reportOf(rows: object[], errors = ""): Promise<JudgeReport> {
  await using folder = await temporaryFolder();
  return await measureJudge({
    judged: await folder.put("judged.jsonl", jsonLines(rows)),
    errors: await folder.put("errors.jsonl", errors),
  });
}

describe("the report on a judge", () => {
  const rows = [
    ratedTogether(
      "p",
      { A: "short", [HOSTILE]: "a longer one" },
      {
        honesty: { ratings: [null, 4], order: [0, 1] },
        helpfulness: { ratings: [1, 5], order: [1, 0] },
      },
    ),
    ratedTogether(
      "q",
      { A: "long enough", [HOSTILE]: "x" },
      {
        honesty: { ratings: [3, 2], order: [1, 0] },
        [HOSTILE]: { ratings: [4, 3], order: [0, 1] },
      },
    ),
    ranked("r", ["x", "longer"], { ab: "(a)", ba: "(a)" }),
  ];

  test("is one whole file, whatever names stand in it", async () => {
    const page = judgeReportPage(
      await reportOf(rows, `{"part":"ab","reason":${JSON.stringify(HOSTILE)}}\n{"reason":"x"}\n`),
    );
    checkPage(page);
    for (const heading of [
      "Scores by model and aspect",
      "Position bias",
      "Length bias",
      "could not be read",
    ]) {
      expect(page).toContain(heading);
    }
  });

  test("says what was not measured", async () => {
    const page = judgeReportPage(
      await reportOf([
        { id: "p", method: "ratings", instruction: "p", responses: ["x"], means: [null], judgements: {} },
      ]),
    );
    checkPage(page);
    expect(page).toContain("Not measured: the files do not say in which order");
  });

  test("marks simulated verdicts in its title and at its top", async () => {
    const real = judgeReportPage(await reportOf(rows));
    expect(real).not.toMatch(/\(simulated\)|Simulated/);
    const simulated = judgeReportPage({ ...(await reportOf(rows)), simulated: true });
    checkPage(simulated);
    expect(simulated).toContain("<title>Judge report (simulated)</title>");
    expect(simulated).toContain("<strong>Simulated.</strong>");
  });

  test("holds for any scores", async () => {
    const score = fc.option(fc.integer({ min: 1, max: 5 }), { nil: null });
    const row = fc.tuple(
      score,
      score,
      fc.boolean(),
      fc.string({ maxLength: 5 }),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), async (list) => {
        const judged = list.map(([first, second, turned, a, b], at) =>
          ratedTogether(
            `p${at}`,
            { A: a, B: b },
            { honesty: { ratings: [first, second], order: turned ? [1, 0] : [0, 1] } },
          ),
        );
        checkPage(judgeReportPage(await reportOf(judged)));
      }),
      { numRuns: 30 },
    );
  });
});

test("agreement, consistency and win rates are pages too", async () => {
  await using folder = await temporaryFolder();
  const ratings = await folder.put("<ratings>.csv", "p,,x,5\np,,y,3\nq,,x,1\n");
  const rankings = await folder.put("rankings.csv", "p,,x,y,(a)\n");
  checkPage(agreementPage(await measureAgreement({ first: ratings, second: ratings })));
  checkPage(agreementPage(await measureAgreement({ first: rankings, second: rankings })));
  checkPage(
    consistencyPage({ ratings, rankings, simulated: true }, await measureConsistency({ ratings, rankings })),
  );
  for (const [wins, losses] of [
    [1, 0],
    [3, 4],
  ] as const) {
    checkPage(
      winRatePage(
        { files: [rankings], simulated: false },
        { ...winRateOf({ wins, ties: 0, losses }), repeated: 0 },
      ),
    );
  }
});

test("no text in a template can become markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { text: page } = html`<p title="${text}">${text}</p>`;
      const inside = page.slice('<p title="'.length, -"</p>".length).split('">');
      expect(inside).toHaveLength(2);
      for (const part of inside) expect(part).not.toMatch(/[<>"']/);
    }),
  );
});

test("score steps hold every score once, in order", () => {
  const values = fc.array(fc.double({ min: -5, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(values, (list) => {
      const steps = scoreSteps(list);
      expect(steps.length).toBeLessThanOrEqual(11);
      for (const value of list) {
        expect(steps.filter(({ from, to }) => value >= from && value <= to)).toHaveLength(1);
      }
    }),
  );
});

test.each([
  [
    [2, 4],
    [1, 2, 3, 4, 5],
  ],
  [
    [1, 7],
    [1, 2, 3, 4, 5, 6, 7],
  ],
  [
    [0, 1],
    [0, 1],
  ],
  [
    [2.5, 4],
    [2.5, 4],
  ],
  [
    [1, 100],
    [1, 100],
  ],
  [[], []],
])("of scores %j the scale is %j", (values, scale) => {
  expect(wholeScale(values)).toEqual(scale);
});
