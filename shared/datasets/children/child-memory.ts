/** What a child may take beyond the rows that lie in memory at once. */
const BASE_BYTES = 2_000_000_000;
const LOOK_MS = 50;

let rowsBytes = 0;

/** So much is needed by rows that lie in memory at once, as their file describes itself. */
export function allowForRows(bytes: number): void {
  rowsBytes = Math.max(rowsBytes, bytes);
}

/**
 * Calls `over` once, with what is allowed, when this process takes more memory than that. A file of a thousand bytes can
 * hold rows of gigabytes; a machine that runs out of memory ends others in its place.
 */
export function watchMemory(over: (allowedBytes: number) => void): void {
  const looking = setInterval(() => {
    const allowed = BASE_BYTES + rowsBytes;
    if (process.memoryUsage.rss() <= allowed) return;
    clearInterval(looking);
    over(allowed);
  }, LOOK_MS);
  looking.unref();
}
