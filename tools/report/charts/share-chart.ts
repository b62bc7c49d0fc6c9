import { interval, percent } from "../amounts.ts";
import { type Html, html } from "../html.ts";
import { figure } from "./figure.ts";

export interface ShareBar {
  name: string;
  /** Null draws nothing but the name. */
  percent: number | null;
  interval: readonly [number, number] | null;
  /** Stands behind the bar. */
  note: string;
}

export interface ShareChart {
  id: string;
  title: string;
  bars: readonly ShareBar[];
  /** In percent, a dashed line. */
  reference?: number;
}

const WIDTH = 720;
const NAME_WIDTH = 170;
const NOTE_WIDTH = 130;
const STEP = 32;
const HALF_BAR = 9;
const AXIS_HEIGHT = 22;

/** Shares of 100 % as bars, with their intervals. */
export function shareChart({ id, title, bars, reference }: ShareChart): Html {
  const height = bars.length * STEP + AXIS_HEIGHT;
  const bottom = bars.length * STEP;
  const grid = [0, 25, 50, 75, 100].map(
    (tick) =>
      html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="${bottom}"/><text class="label" x="${x(tick)}" y="${bottom + 12}">${tick} %</text>`,
  );
  const line =
    reference !== undefined &&
    html`<line class="reference" x1="${x(reference)}" x2="${x(reference)}" y1="0" y2="${bottom}"/>`;
  const drawn = bars.map((bar, at) => drawBar(bar, (at + 0.5) * STEP));
  const description = bars
    .map(
      (bar) => `${bar.name}: ${percent(bar.percent)}, 95 % interval ${interval(bar.interval)}, ${bar.note}`,
    )
    .join("; ");
  return figure({
    id,
    title,
    description,
    width: WIDTH,
    height,
    drawing: [...grid, ...drawn, html`${line}`],
  });
}

function x(share: number): string {
  return (NAME_WIDTH + ((WIDTH - NAME_WIDTH - NOTE_WIDTH) * share) / 100).toFixed(1);
}

function drawBar({ name, percent: share, interval: bounds, note }: ShareBar, y: number): Html {
  const width = share === null ? 0 : Number(x(share)) - NAME_WIDTH;
  const whisker =
    bounds &&
    html`<line class="bounds" x1="${x(Math.max(0, bounds[0]))}" x2="${x(Math.min(100, bounds[1]))}" y1="${y}" y2="${y}"/>`;
  return html`<text class="name" x="${NAME_WIDTH - 10}" y="${y}">${name}</text><rect class="share" x="${NAME_WIDTH}" y="${y - HALF_BAR}" width="${width.toFixed(1)}" height="${2 * HALF_BAR}"/>${whisker}<text class="note" x="${WIDTH - NOTE_WIDTH + 22}" y="${y}">${note}</text>
`;
}
