const FIRST_MS = 250;
const LONGEST_MS = 10_000;
const SETTLED_MS = 30_000;

/** How long to wait before a process that ended is started again: doubling, anew once it had lived for 30 s. */
export function nextBackOff(previousMs: number | undefined, livedMs: number): number {
  if (previousMs === undefined || livedMs >= SETTLED_MS) return FIRST_MS;
  return Math.min(previousMs * 2, LONGEST_MS);
}
