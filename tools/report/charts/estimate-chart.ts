import { fixed } from "../amounts.ts";
import { type Html, html } from "../html.ts";
import { figure } from "./figure.ts";

export interface Estimate {
  label: string;
  mean: number;
  /** Half of the 95 % interval's width; null draws none. */
  margin: number | null;
}

export interface EstimateChart {
  id: string;
  title: string;
  description: string;
  /** What the labels are. */
  axis: string;
  estimates: readonly Estimate[];
  /** A dashed line: what all estimates would be if nothing mattered. */
  reference: number;
}

const WIDTH = 350;
const HEIGHT = 210;
const LEFT = 44;
const [TOP, BOTTOM] = [32, HEIGHT - 40];

/** Means with their intervals, side by side on one scale that begins where they do. */
export function estimateChart({ id, title, description, axis, estimates, reference }: EstimateChart): Html {
  const ticks = ticksFor(estimates, reference);
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number) => BOTTOM - ((BOTTOM - TOP) * (value - low)) / (high - low);
  const step = (WIDTH - LEFT) / estimates.length;
  const digits = Math.max(0, -Math.floor(Math.log10(ticks[1]! - low)));
  const grid = ticks.map(
    (tick) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text class="tick" x="${LEFT - 6}" y="${y(tick).toFixed(1)}">${tick.toFixed(digits)}</text>`,
  );
  const marks = estimates.map((one, at) => drawEstimate(one, LEFT + step * (at + 0.5), y));
  const line = html`<line class="reference" x1="${LEFT}" x2="${WIDTH}" y1="${y(reference).toFixed(1)}" y2="${y(reference).toFixed(1)}"/>`;
  const labels = html`<text class="heading" x="0" y="10">${title}</text><text class="axis" x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}">${axis}</text>`;
  return figure({
    id,
    title,
    description,
    width: WIDTH,
    height: HEIGHT,
    drawing: [labels, ...grid, line, ...marks],
  });
}

function drawEstimate({ label, mean, margin }: Estimate, x: number, y: (value: number) => number): Html {
  const at = x.toFixed(1);
  const bar =
    margin !== null &&
    html`<line class="whisker" x1="${at}" x2="${at}" y1="${y(mean - margin).toFixed(1)}" y2="${y(mean + margin).toFixed(1)}"/>`;
  return html`<g><title>${label}: ${fixed(mean)}${margin === null ? "" : ` ± ${fixed(margin)}`}</title>${bar}<circle class="point" cx="${at}" cy="${y(mean).toFixed(1)}" r="5"/></g><text class="label" x="${at}" y="${BOTTOM + 14}">${label}</text>`;
}

const MOST_TICKS = 6;
/** Differences below this would be drawn as if they were large. */
const LEAST_RANGE = 0.2;

/** Round numbers from below the lowest to above the highest thing drawn. */
function ticksFor(estimates: readonly Estimate[], reference: number): number[] {
  const ends = estimates.flatMap(({ mean, margin }) => [mean - (margin ?? 0), mean + (margin ?? 0)]);
  const middle = (Math.min(...ends, reference) + Math.max(...ends, reference)) / 2;
  const half = Math.max(LEAST_RANGE, Math.max(...ends, reference) - Math.min(...ends, reference)) / 2;
  const rough = (2 * half) / (MOST_TICKS - 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const first = Math.floor((middle - half) / step);
  const last = Math.ceil((middle + half) / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}
