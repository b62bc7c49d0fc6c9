import { type Html, html } from "../html.ts";

export interface Fact {
  name: string;
  value: string;
  note?: string;
}

/** Figures to be seen at once. */
export function factList(facts: readonly Fact[]): Html {
  return html`<dl class="facts">${facts.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`,
  )}</dl>
`;
}
