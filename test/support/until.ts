import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 20;

/**
 * Looks again and again until `look` gives something, and gives it.
 * @param what stands in the error, with what was seen last, if nothing comes in time
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  options: { withinMs?: number; seen?: () => unknown } = {},
): Promise<Found> {
  const giveUpAt = performance.now() + (options.withinMs ?? 60_000);
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) {
      const seen = options.seen === undefined ? "" : `; last seen: ${JSON.stringify(options.seen())}`;
      throw new Error(`waited in vain until ${what}${seen}`);
    }
    await delay(LOOK_MS);
  }
}
