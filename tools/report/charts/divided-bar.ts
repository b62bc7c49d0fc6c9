import { count, percent } from "../amounts.ts";
import { type Html, html } from "../html.ts";
import { legend } from "./legend.ts";
import { type BarPart, stackedBars } from "./stacked-bars.ts";

export interface DividedBar {
  id: string;
  title: string;
  /** What is divided: pairs, calls, ... */
  name: string;
  parts: readonly BarPart[];
}

/** One number of things as a bar, divided into its parts, with their meaning above it. */
export function dividedBar({ id, title, name, parts }: DividedBar): Html {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const description = parts
    .map((part) => `${part.label}: ${count(part.count)} (${percent((100 * part.count) / total)})`)
    .join("; ");
  const bars = [{ name, parts, note: `n ${count(total)}` }];
  return html`${legend(parts)}${stackedBars({ id, title, description, bars })}
`;
}
