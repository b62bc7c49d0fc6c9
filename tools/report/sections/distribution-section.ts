import type { ScoreDistribution } from "../../evaluation/measures/score-distributions.ts";
import { count, fixed } from "../amounts.ts";
import { legend } from "../charts/legend.ts";
import { numberTable } from "../charts/number-table.ts";
import { scoreColour } from "../charts/score-colours.ts";
import { type ScoreStep, scoreSteps, wholeScale } from "../charts/score-steps.ts";
import { type BarPart, stackedBars } from "../charts/stacked-bars.ts";
import { type Html, html } from "../html.ts";
import { section } from "../page.ts";

const NOT_APPLICABLE = { label: "N/A", fill: "#8c8c8c", ink: "#1a1a1a" };

/** How scores are spread, a chart an aspect and a bar a model. */
export function distributionSection(distributions: readonly ScoreDistribution[]): Html | null {
  if (distributions.length === 0) return null;
  const aspects = [...new Set(distributions.map(({ aspect }) => aspect))];
  // Of all aspects: a value has one colour, wherever it stands on the page.
  const steps = scoreSteps(
    wholeScale(distributions.flatMap(({ counts }) => counts.map(({ value }) => value))),
  );
  return section(
    "Scores by model and aspect",
    html`<p>Each bar is all responses of a model, divided by the score they were given. A judge that uses only one end of its scale tells models apart badly.</p>`,
    ...aspects.map((aspect, at) =>
      aspectOf(
        aspect,
        at,
        distributions.filter((one) => one.aspect === aspect),
        steps,
      ),
    ),
  );
}

function aspectOf(
  aspect: string,
  at: number,
  models: readonly ScoreDistribution[],
  steps: readonly ScoreStep[],
): Html {
  const anyMissing = models.some(({ notApplicable }) => notApplicable > 0);
  const bars = models.map((one) => ({
    name: one.model ?? "all responses",
    parts: partsOf(one, steps),
    note: `mean ${fixed(one.mean)}, n ${count(one.n)}`,
  }));
  const means = bars.map(({ name, note }) => `${name}: ${note}`).join("; ");
  const id = `scores-${at}`;
  const description = `One bar a model, divided by the share of each score. ${means}. All counts stand in the table below.`;
  return html`<h3>${aspect}</h3>
${legend([...steps.map(colouredStep), ...(anyMissing ? [NOT_APPLICABLE] : [])])}${stackedBars({ id, title: `Scores for ${aspect}, by model`, description, bars })}
${numberTable(
  `Counts of each score for ${aspect}`,
  ["model", ...steps.map(({ label }) => label), "N/A", "n", "mean"],
  models.map((one) => [
    one.model ?? "all responses",
    ...steps.map((step) => count(countIn(one, step))),
    count(one.notApplicable),
    count(one.n),
    fixed(one.mean),
  ]),
)}
`;
}

function partsOf(one: ScoreDistribution, steps: readonly ScoreStep[]): BarPart[] {
  const scores = steps.map((step) => ({ ...colouredStep(step), count: countIn(one, step) }));
  return [...scores, { ...NOT_APPLICABLE, count: one.notApplicable }];
}

function countIn({ counts }: ScoreDistribution, { from, to }: ScoreStep): number {
  return counts.reduce((sum, { value, count }) => (value >= from && value <= to ? sum + count : sum), 0);
}

function colouredStep({ label, at }: ScoreStep) {
  return { label, ...scoreColour(at) };
}
