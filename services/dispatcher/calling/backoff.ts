const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the attempt after `failures` failed ones: doubled each time up to half a minute, and drawn
 * from the upper half of that, so that calls which failed together do not come back together.
 * @param random a number of [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const fullMs = Math.min(FIRST_MS * 2 ** Math.min(Math.max(0, failures - 1), 16), LONGEST_MS);
  return fullMs * (0.5 + random / 2);
}
