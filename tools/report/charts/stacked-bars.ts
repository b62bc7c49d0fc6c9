import { type Html, html } from "../html.ts";
import { figure } from "./figure.ts";

export interface BarPart {
  label: string;
  count: number;
  fill: string;
  ink: string;
}

export interface Bar {
  name: string;
  parts: readonly BarPart[];
  /** Stands behind the bar. */
  note: string;
}

export interface StackedBars {
  id: string;
  title: string;
  description: string;
  bars: readonly Bar[];
}

const WIDTH = 720;
const NAME_WIDTH = 170;
const NOTE_WIDTH = 130;
const BAR_WIDTH = WIDTH - NAME_WIDTH - NOTE_WIDTH;
const BAR_HEIGHT = 24;
const STEP = 32;
/** Narrower parts have no room for their share. */
const LEAST_LABELLED = 34;
const MOST_NAME_CHARACTERS = 24;

/** Bars of one length, each divided by the shares of its parts. */
export function stackedBars({ id, title, description, bars }: StackedBars): Html {
  const drawing = bars.map((bar, at) => drawBar(bar, at * STEP + (STEP - BAR_HEIGHT) / 2));
  return figure({ id, title, description, width: WIDTH, height: bars.length * STEP, drawing });
}

function drawBar({ name, parts, note }: Bar, y: number): Html {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const middle = y + BAR_HEIGHT / 2;
  let x = NAME_WIDTH;
  const drawn = parts.flatMap(({ label, count, fill, ink }) => {
    const width = total === 0 ? 0 : (BAR_WIDTH * count) / total;
    const left = x;
    x += width;
    if (count === 0) return [];
    const share = `${((100 * count) / total).toFixed(0)} %`;
    return [
      html`<g><title>${label}: ${count} (${share})</title><rect class="part" x="${left.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${BAR_HEIGHT}" fill="${fill}"/>${
        width >= LEAST_LABELLED &&
        html`<text class="in" x="${(left + width / 2).toFixed(2)}" y="${middle}" style="fill:${ink}">${share}</text>`
      }</g>`,
    ];
  });
  return html`<g><title>${name}</title><text class="name" x="${NAME_WIDTH - 10}" y="${middle}">${shortened(name)}</text></g>${drawn}<text class="note" x="${NAME_WIDTH + BAR_WIDTH + 10}" y="${middle}">${note}</text>
`;
}

/** The end of a model's name tells more than its beginning. */
function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= MOST_NAME_CHARACTERS) return name;
  return `…${characters.slice(1 - MOST_NAME_CHARACTERS).join("")}`;
}
