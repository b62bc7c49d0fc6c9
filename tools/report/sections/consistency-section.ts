import { RANKINGS } from "../../../shared/feedback/feedback.ts";
import type { Consistency } from "../../sparse-feedback/consistency.ts";
import { count, percent } from "../amounts.ts";
import { heatTable } from "../charts/heat-table.ts";
import { numberTable } from "../charts/number-table.ts";
import { type Html, html } from "../html.ts";
import { section } from "../page.ts";

/** Whether ratings and rankings of the same responses say the same. */
export function consistencySection(measured: Consistency): Html {
  const { consistency, matches, compared, table, excluded, ratings, rankings } = measured;
  return section(
    "Consistency of rankings with ratings",
    html`<p><strong>${percent(consistency, 2)}</strong> of the ${count(compared)} pairs compared (${count(matches)}) are ranked as their ratings imply: the higher rating wins, equal ratings are equal.</p>
${heatTable({
  caption: "Pairs by what their ratings imply and by how they were ranked",
  rowsAre: "ratings imply",
  columnsAre: "ranked",
  rows: RANKINGS,
  columns: RANKINGS,
  counts: RANKINGS.map((implied) => RANKINGS.map((ranked) => table[implied][ranked])),
})}
${numberTable(
  "Left out",
  ["", "count"],
  [
    ["pairs whose first response has no rating", count(excluded.firstUnrated)],
    ["pairs whose second response has no rating", count(excluded.secondUnrated)],
    ["pairs of which neither has", count(excluded.bothUnrated)],
    [`repeated ratings, of ${count(ratings.rows)}`, count(ratings.repeated)],
    [`repeated rankings, of ${count(rankings.rows)}`, count(rankings.repeated)],
  ],
)}`,
  );
}
