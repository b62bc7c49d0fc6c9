import { type Html, html } from "../html.ts";

/** A table of numbers: the first column names the row, the others are right-aligned. */
export function numberTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): Html {
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${header.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([
      name,
      ...cells
    ]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody>
</table></div>`;
}
