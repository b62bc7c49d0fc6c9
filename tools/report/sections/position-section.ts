import type { PairBias, Share } from "../../evaluation/measures/pair-bias.ts";
import type { PositionBias } from "../../evaluation/measures/position-bias.ts";
import { count, fixed, interval, percent, withMargin } from "../amounts.ts";
import { dividedBar } from "../charts/divided-bar.ts";
import { estimateChart } from "../charts/estimate-chart.ts";
import { numberTable } from "../charts/number-table.ts";
import { BAD, GOOD, MIDDLING } from "../charts/score-colours.ts";
import { type Html, html } from "../html.ts";
import { section } from "../page.ts";

/** Whether it matters where a response was shown. */
export function positionSection(positions: readonly PositionBias[], pairs: PairBias | null): Html {
  const asked = pairs !== null && pairs.firstShown.of > 0;
  if (positions.length === 0 && !asked) {
    return section(
      "Position bias",
      html`<p class="quiet">Not measured: the files do not say in which order responses were shown, or each was shown alone.</p>`,
    );
  }
  return section("Position bias", positions.length > 0 && byPlace(positions), asked && byLetter(pairs));
}

function byPlace(positions: readonly PositionBias[]): Html {
  const charts = positions.map(({ aspect, places, spread }, at) => {
    const all = places.reduce((sum, { n, mean }) => sum + n * mean, 0);
    const reference = all / places.reduce((sum, { n }) => sum + n, 0);
    const means = places.map(({ place, mean, margin }) => `place ${place}: ${withMargin(mean, margin)}`);
    return estimateChart({
      id: `position-${at}`,
      title: aspect,
      description: `Mean score by the place in which a response was shown. ${means.join("; ")}. The means differ by at most ${fixed(spread)}.`,
      axis: "place in which it was shown",
      estimates: places.map(({ place, mean, margin }) => ({ label: String(place), mean, margin })),
      reference,
    });
  });
  return html`<p>Mean score by the place in which a response was shown, with 95 % intervals. The order was drawn, so that all places hold equally good responses: points whose intervals miss the dashed mean of all show a judge that favours or neglects a place.</p>
<div class="pair">${charts}</div>
${placeTable(positions)}
`;
}

/** A row an aspect; their numbers of places may differ. */
function placeTable(positions: readonly PositionBias[]): Html {
  const most = Math.max(...positions.flatMap(({ places }) => places.map(({ place }) => place)));
  const numbers = Array.from({ length: most }, (_, at) => at + 1);
  return numberTable(
    "Mean score by place, 95 % (number of scores)",
    ["aspect", ...numbers.map((number) => `place ${number}`), "largest difference"],
    positions.map(({ aspect, places, spread }) => [
      aspect,
      ...numbers.map((number) => {
        const one = places.find(({ place }) => place === number);
        return one ? `${withMargin(one.mean, one.margin)} (${count(one.n)})` : "–";
      }),
      fixed(spread),
    ]),
  );
}

function byLetter({ sameLetter, firstShown }: PairBias): Html {
  const { total, ...letters } = sameLetter;
  const rows: [string, Share][] = [
    ["first response chosen, of all letters", firstShown],
    ["same letter twice, of pairs asked in both orders", total],
    ["(a) twice: the first one, whichever it was", letters["(a)"]],
    ["(b) twice: the second one, whichever it was", letters["(b)"]],
  ];
  const drawn =
    total.of > 0 &&
    dividedBar({
      id: "letters",
      title: "Letters of pairs asked in both orders",
      name: "pairs",
      parts: [
        { label: "(a) twice", count: letters["(a)"].count, ...BAD },
        { label: "the same response twice", count: total.of - total.count, ...MIDDLING },
        { label: "(b) twice", count: letters["(b)"].count, ...GOOD },
      ],
    });
  return html`<p>A judge without bias chooses the first of two responses half of the time when each pair is shown in both orders, and never gives one pair the same letter twice: that is a preference for a place. Such pairs count as equal.</p>
${drawn}
${numberTable(
  "Letters",
  ["", "count", "of", "share", "95 %"],
  rows.map(([name, share]) => [
    name,
    count(share.count),
    count(share.of),
    percent(share.percent),
    interval(share.interval),
  ]),
)}
`;
}
