import type { LengthBias } from "../../evaluation/measures/length-bias.ts";
import type { PairBias } from "../../evaluation/measures/pair-bias.ts";
import { count, fixed, interval, percent, withMargin } from "../amounts.ts";
import { estimateChart } from "../charts/estimate-chart.ts";
import { numberTable } from "../charts/number-table.ts";
import { type Html, html } from "../html.ts";
import { section } from "../page.ts";

/** Whether longer responses are thought better. */
export function lengthSection(lengths: readonly LengthBias[], pairs: PairBias | null): Html | null {
  const compared = pairs !== null && pairs.longerPreferred.of > 0;
  if (lengths.length === 0 && !compared) return null;
  return section("Length bias", lengths.length > 0 && byLength(lengths), compared && ofPairs(pairs));
}

function byLength(lengths: readonly LengthBias[]): Html {
  return html`<p>Mean score of shorter and longer responses, with 95 % intervals. Longer ones may be better in truth; so the last columns compare responses to one prompt only: how often the longest has the best score, and how often it would if length did not matter.</p>
<div class="pair">${lengths.map(chartOf)}</div>
${numberTable(
  "Correlation of score and length, and what happens within prompts",
  [
    "aspect",
    "n",
    "Pearson",
    "Spearman",
    "prompts",
    "longest is best",
    "expected",
    "difference in points, 95 %",
  ],
  lengths.map(({ aspect, n, pearson, spearman, withinPrompts: { prompts, share, expected, margin } }) => [
    aspect,
    count(n),
    fixed(pearson, 3),
    fixed(spearman, 3),
    count(prompts),
    percent(share),
    percent(expected),
    share === null || expected === null ? "–" : withMargin(share - expected, margin, 1),
  ]),
)}
${numberTable(
  "Mean score by length in characters",
  ["aspect", "characters", "mean, 95 %", "n"],
  lengths.flatMap(({ aspect, groups }) =>
    groups.map(({ shortest, longest, mean, margin, n }) => [
      aspect,
      rangeOf(shortest, longest),
      withMargin(mean, margin),
      count(n),
    ]),
  ),
)}
`;
}

function chartOf({ aspect, groups }: LengthBias, at: number): Html {
  const all = groups.reduce((sum, { n, mean }) => sum + n * mean, 0);
  const means = groups.map(
    ({ shortest, longest, mean, margin }) =>
      `${rangeOf(shortest, longest)} characters: ${withMargin(mean, margin)}`,
  );
  return estimateChart({
    id: `length-${at}`,
    title: aspect,
    description: `Mean score by length of the response. ${means.join("; ")}.`,
    axis: "characters, up to",
    estimates: groups.map(({ longest, mean, margin }) => ({ label: count(longest), mean, margin })),
    reference: all / groups.reduce((sum, { n }) => sum + n, 0),
  });
}

function ofPairs({
  longerPreferred: { count: preferred, of, percent: share, interval: bounds },
}: PairBias): Html {
  return html`<p>Of the ${count(of)} pairs with a preference whose responses differ in length, the longer one is preferred in ${count(preferred)}: ${percent(share)} (95 %: ${interval(bounds)}), where half of them would be if length did not matter.</p>
`;
}

function rangeOf(shortest: number, longest: number): string {
  return shortest === longest ? count(shortest) : `${count(shortest)} – ${count(longest)}`;
}
