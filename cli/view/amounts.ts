/** How amounts are written for a person. */

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** 1 row, 2 rows */
export function counted(value: number, one: string, more: string): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** 950, 12.3k, 4.56M */
export function short(value: number): string {
  if (value < 10_000) return count(value);
  const [divisor, unit] = value < 1e6 ? [1e3, "k"] : value < 1e9 ? [1e6, "M"] : [1e9, "G"];
  return `${(value / divisor).toPrecision(3)}${unit}`;
}

/** 0.3 rows/s, 1,234 rows/s */
export function perSecond(rate: number): string {
  return `${rate < 10 ? rate.toFixed(1) : count(rate)} rows/s`;
}

/** 0.4 MB, 1,234.5 MB */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

/** US dollars; a price that is not known makes the cost unknown, never 0. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return "unknown";
  return `$${value >= 0.995 || value === 0 ? value.toFixed(2) : value.toPrecision(2)}`;
}

/** 4.2 s, 3:05, 2:03:05 */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  return clock(seconds);
}

/** 0:42, 3:05, 2:03:05 */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
