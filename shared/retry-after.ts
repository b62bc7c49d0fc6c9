const LONGEST_MS = 3_600_000;

/**
 * How long the provider asks to wait, from `retry-after-ms` (milliseconds) or else `retry-after` (seconds, 4s or a date);
 * null when it does not say, or nothing that can be understood. At most an hour: then it is asked again.
 */
export function retryAfterMs(
  ms: string | undefined,
  seconds: string | undefined,
  nowUnixMs: number,
): number | null {
  const exact = amount(ms);
  if (exact !== null) return bounded(exact);
  const whole = amount(seconds);
  if (whole !== null) return bounded(whole * 1000);
  const unit = seconds === undefined ? null : /^\s*(\d+(?:\.\d+)?)(ms|s)\s*$/.exec(seconds);
  if (unit) return bounded(Number(unit[1]) * (unit[2] === "s" ? 1000 : 1));
  const date = seconds === undefined ? Number.NaN : Date.parse(seconds);
  return Number.isNaN(date) ? null : bounded(date - nowUnixMs);
}

function amount(text: string | undefined): number | null {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}

function bounded(waitMs: number): number {
  return Math.min(Math.max(0, waitMs), LONGEST_MS);
}
