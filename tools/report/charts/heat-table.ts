import { count } from "../amounts.ts";
import { type Html, html } from "../html.ts";

export interface HeatTable {
  caption: string;
  /** What the rows and the columns are. */
  rowsAre: string;
  columnsAre: string;
  rows: readonly string[];
  columns: readonly string[];
  counts: readonly (readonly number[])[];
}

/** Counts whose background is the deeper the more they are; cells on the diagonal, where both agree, have a frame. */
export function heatTable({ caption, rowsAre, columnsAre, rows, columns, counts }: HeatTable): Html {
  const most = Math.max(1, ...counts.flat());
  const cell = (value: number, diagonal: boolean) =>
    html`<td class="${diagonal ? "heat same" : "heat"}" style="--heat:${(value / most).toFixed(3)}">${count(value)}</td>`;
  return html`<div class="scroll"><table class="heats">
<caption>${caption}</caption>
<thead><tr><td></td><th scope="colgroup" colspan="${columns.length}">${columnsAre}</th></tr>
<tr><th scope="col">${rowsAre}</th>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (name, row) => html`<tr><th scope="row">${name}</th>${columns.map((_, column) =>
      cell(counts[row]![column]!, row === column),
    )}</tr>
`,
  )}</tbody>
</table></div>`;
}
