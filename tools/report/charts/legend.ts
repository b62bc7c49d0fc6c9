import { type Html, html } from "../html.ts";

/** What the colours of a chart mean. */
export function legend(parts: readonly { label: string; fill: string }[]): Html {
  return html`<ul class="legend">${parts.map(
    ({ label, fill }) => html`<li><span style="background:${fill}"></span>${label}</li>`,
  )}</ul>
`;
}
