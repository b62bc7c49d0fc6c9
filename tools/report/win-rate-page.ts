import type { RankingsWinRate, RatingsWinRate } from "../sparse-feedback/win-rate.ts";
import { count, percent } from "./amounts.ts";
import { dividedBar } from "./charts/divided-bar.ts";
import { numberTable } from "./charts/number-table.ts";
import { BAD, GOOD, MIDDLING } from "./charts/score-colours.ts";
import { shareChart } from "./charts/share-chart.ts";
import { html } from "./html.ts";
import { page, section } from "./page.ts";

/** A win rate as one HTML file. */
export function winRatePage(
  { files, simulated }: { files: readonly string[]; simulated: boolean },
  measured: RankingsWinRate | RatingsWinRate,
): string {
  const { winRate, margin, n, wins, ties, losses } = measured;
  const parts = [
    { label: "wins of the aligned model", count: wins, ...GOOD },
    { label: "ties", count: ties, ...MIDDLING },
    { label: "losses", count: losses, ...BAD },
  ];
  const bounds = margin === null ? null : ([winRate - margin, winRate + margin] as const);
  const body = section(
    "How often the aligned model wins",
    html`<p><strong>${percent(winRate, 2)}</strong>${margin !== null && ` ± ${percent(margin, 2)} (95 %)`} of ${count(n)} comparisons, where a win counts as 1, a tie as 0.5 and a loss as 0.</p>`,
    shareChart({
      id: "rate",
      title: "Win rate",
      bars: [{ name: "win rate", percent: winRate, interval: bounds, note: `n ${count(n)}` }],
      reference: 50,
    }),
    dividedBar({ id: "outcomes", title: "Comparisons by who won", name: "comparisons", parts }),
    numberTable(
      "Comparisons",
      ["", "count", "share"],
      parts.map(({ label, count: number }) => [label, count(number), percent((100 * number) / n)]),
    ),
    numberTable("Left out, or counted more than once", ["", "count"], leftOut(measured)),
  );
  return page({ title: "Win rate", subtitle: files.join(" and "), simulated, body: [body] });
}

function leftOut(measured: RankingsWinRate | RatingsWinRate): string[][] {
  if (!("onlyInReference" in measured)) {
    return [["further comparisons of a prompt, each counted", count(measured.repeated)]];
  }
  return [
    ["repeated ratings of a prompt, the first counts", count(measured.repeated)],
    ["prompts that only the reference model has", count(measured.onlyInReference)],
    ["prompts that only the aligned model has", count(measured.onlyInAligned)],
  ];
}
