/** A unit of time that an axis is labelled in. */
export interface TimeUnit {
  name: string;
  seconds: number;
}

const UNITS: TimeUnit[] = [
  { name: "seconds", seconds: 1 },
  { name: "minutes", seconds: 60 },
  { name: "hours", seconds: 3600 },
];

/** The largest unit of which a step is a whole number. */
export function unitOf(step: number): TimeUnit {
  return UNITS.findLast((unit) => step % unit.seconds === 0)!;
}

/** Round numbers from 0 on, of which the last is at least `most`: about `count` of them, whole ones only. */
export function wholeTicks(most: number, count: number): number[] {
  const rough = Math.max(1, most / count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10]
    .map((factor) => factor * power)
    .find((one) => one >= rough && Number.isInteger(one))!;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, place) => place * step);
}

/** 53 s, 4:59 min, 2:03 h */
export function timeText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [of, name] = whole < 3600 ? [60, "min"] : [3600, "h"];
  return `${Math.floor(whole / of)}:${String(Math.floor((whole % of) / (of / 60))).padStart(2, "0")} ${name}`;
}
