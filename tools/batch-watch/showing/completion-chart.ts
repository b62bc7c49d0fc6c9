import { type BatchDuration, bins, binWidth, labelStep, summarize } from "./batch-durations.ts";
import { timeText, unitOf, wholeTicks } from "./chart-axis.ts";

/*
 * Bars say how many batches ended within each span of time after their creation, by how they ended; the curve says which
 * share of all had ended by then. One picture without scripts or fonts of its own, light or dark as its reader's screen.
 */

const [WIDTH, HEIGHT] = [880, 470];
const PLOT = { left: 68, right: WIDTH - 68, top: 92, bottom: HEIGHT - 62 };
const STATES = ["completed", "expired", "cancelled", "failed"] as const;

const STYLE = `
  svg { --paper: #fff; --ink: #20242a; --faint: #6b7280; --line: #e2e5ea; --curve: #7a3e9d;
        --completed: #4c8fc7; --expired: #e3a72f; --cancelled: #9aa1ab; --failed: #cf4f45;
        font-family: system-ui, sans-serif; font-size: 13px }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #16191d; --ink: #e6e8eb; --faint: #9aa3ad; --line: #2c3137; --curve: #c792ea; --completed: #4a86b8 } }
  text { fill: var(--ink) } .faint { fill: var(--faint) } .title { font-size: 18px; font-weight: 600 }
  .grid { stroke: var(--line) } .axis { stroke: var(--faint) }
  .curve { fill: none; stroke: var(--curve); stroke-width: 2.2; stroke-linejoin: round }
  .dot { fill: var(--curve) } .of-curve { fill: var(--curve) }
  .mark { stroke: var(--paper); stroke-width: 4px; paint-order: stroke; stroke-linejoin: round }
  ${STATES.map((state) => `.${state} { fill: var(--${state}) }`).join(" ")}`;

/** An SVG of when batches ended: histogram and cumulative curve. @param times of at least one batch */
export function completionChart(times: readonly BatchDuration[]): string {
  const scale = scaleOf(times);
  const { batches, medianSeconds, p95Seconds, lastSeconds } = summarize(times);
  const title = `Completion times of ${batches.toLocaleString("en-US")} ${batches === 1 ? "batch" : "batches"}`;
  const about = `half within ${timeText(medianSeconds)}, 95 % within ${timeText(p95Seconds)}, the last after ${timeText(lastSeconds)}`;
  const parts = [
    `<title>${title}: ${about}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" style="fill: var(--paper)"/>`,
    text(PLOT.left, 34, title, "title"),
    text(PLOT.left, 56, about, "faint"),
    ...legend(times),
    ...countAxis(scale),
    ...shareAxis(),
    ...timeAxis(scale),
    ...bars(scale),
    `<path class="curve" d="${curve(times, scale)}"/>`,
    ...marks(scale, [
      [0.5, medianSeconds],
      [0.95, p95Seconds],
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">\n${parts.join("\n")}\n</svg>\n`;
}

interface Scale {
  width: number;
  found: Map<BatchDuration["state"], number>[];
  counts: number[];
  x(seconds: number): number;
  y(count: number): number;
}

function scaleOf(times: readonly BatchDuration[]): Scale {
  const width = binWidth(Math.max(...times.map((time) => time.seconds)));
  const found = bins(times, width);
  const counts = wholeTicks(Math.max(...found.map(sum)), 5);
  const end = found.length * width;
  return {
    width,
    found,
    counts,
    x: (seconds) => PLOT.left + ((PLOT.right - PLOT.left) * seconds) / end,
    y: (count) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * count) / counts.at(-1)!,
  };
}

function countAxis({ counts, y }: Scale): string[] {
  return [
    ...counts.flatMap((count) => [
      line(PLOT.left, y(count), PLOT.right, y(count), count === 0 ? "axis" : "grid"),
      text(PLOT.left - 8, y(count) + 4, count.toLocaleString("en-US"), "faint", "end"),
    ]),
    upright(18, "batches in each span", "faint"),
  ];
}

function shareAxis(): string[] {
  const shares = [0, 25, 50, 75, 100];
  const y = (share: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * share) / 100;
  return [
    ...shares.map((share) => text(PLOT.right + 8, y(share) + 4, `${share} %`, "of-curve")),
    upright(WIDTH - 12, "ended by then", "of-curve"),
  ];
}

function timeAxis({ found, width, x }: Scale): string[] {
  const step = labelStep(width, found.length);
  const unit = unitOf(step);
  const ticks = Array.from(
    { length: Math.floor((found.length * width) / step) + 1 },
    (_, place) => place * step,
  );
  return [
    ...ticks.map((seconds) =>
      text(x(seconds), PLOT.bottom + 20, String(seconds / unit.seconds), "faint", "middle"),
    ),
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 44, `${unit.name} after creation`, "faint", "middle"),
  ];
}

/** Stacked by state; a bar says its numbers where a reader points at it. */
function bars({ found, width, x, y }: Scale): string[] {
  return found.flatMap((bin, place) => {
    const [left, right] = [x(place * width) + 1, x((place + 1) * width) - 1];
    let below = 0;
    const span = `${timeText(place * width)} to ${timeText((place + 1) * width)}`;
    return STATES.flatMap((state) => {
      const count = bin.get(state) ?? 0;
      if (count === 0) return [];
      const [top, bottom] = [y(below + count), y(below)];
      below += count;
      const at = `x="${round(left)}" y="${round(top)}" width="${round(right - left)}" height="${round(bottom - top)}"`;
      return [`<rect class="${state}" ${at}><title>${span}: ${count} ${state}</title></rect>`];
    });
  });
}

/** The share of batches that had ended by each moment: a step up at each end. */
function curve(times: readonly BatchDuration[], { x }: Scale): string {
  const ends = times.map((time) => time.seconds).sort((a, b) => a - b);
  let path = `M${PLOT.left} ${PLOT.bottom}`;
  for (const [place, seconds] of ends.entries()) {
    if (ends[place + 1] === seconds) continue;
    path += `H${round(x(seconds))}V${round(shareHeight((place + 1) / ends.length))}`;
  }
  return `${path}H${PLOT.right}`;
}

const shareHeight = (share: number) => PLOT.bottom - (PLOT.bottom - PLOT.top) * share;

/** Below and right of the curve there is nothing that a text could cover but bars. */
function marks({ x }: Scale, shares: [share: number, seconds: number][]): string[] {
  return shares.flatMap(([share, seconds]) => {
    const [at, height] = [x(seconds), shareHeight(share)];
    const label = `${share * 100} % in ${timeText(seconds)}`;
    const fits = at < PLOT.right - 130;
    return [
      `<circle class="dot" cx="${round(at)}" cy="${round(height)}" r="4"/>`,
      ...(fits ? [text(at + 9, height + 17, label, "mark")] : []),
    ];
  });
}

function legend(times: readonly BatchDuration[]): string[] {
  const present = STATES.filter((state) => times.some((time) => time.state === state));
  return present.toReversed().flatMap((state, place) => {
    const right = PLOT.right - place * 96;
    return [
      `<rect class="${state}" x="${right - 82}" y="25" width="11" height="11" rx="2"/>`,
      text(right - 66, 35, state, "faint"),
    ];
  });
}

const sum = (bin: Map<unknown, number>) => [...bin.values()].reduce((total, count) => total + count, 0);
const round = (value: number) => Math.round(value * 10) / 10;

function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, words: string, name: string, anchor = "start"): string {
  return `<text class="${name}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${words}</text>`;
}

function upright(x: number, words: string, name: string): string {
  const y = (PLOT.top + PLOT.bottom) / 2;
  return `<text class="${name}" transform="translate(${x} ${y}) rotate(-90)" text-anchor="middle">${words}</text>`;
}
