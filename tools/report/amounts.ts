/** How numbers are written on a page. */

export const count = (value: number): string => value.toLocaleString("en-US");
export const fixed = (value: number | null, digits = 2): string =>
  value === null ? "–" : value.toFixed(digits);
export const percent = (value: number | null, digits = 1): string =>
  value === null ? "–" : `${value.toFixed(digits)} %`;

/** With the half width of its interval: 4.12 ± 0.08 */
export function withMargin(value: number | null, margin: number | null, digits = 2): string {
  return margin === null ? fixed(value, digits) : `${fixed(value, digits)} ± ${margin.toFixed(digits)}`;
}

/** 12.0 – 15.3 % */
export function interval(bounds: readonly [number, number] | null): string {
  return bounds === null ? "–" : `${bounds[0].toFixed(1)} – ${bounds[1].toFixed(1)} %`;
}
