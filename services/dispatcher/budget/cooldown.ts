/**
 * When a route rests as a whole: because the provider said so (429), or because it is down. Where a refusal does not
 * say for how long, each wave of refusals doubles the rest until a call succeeds again.
 */
export interface Cooldown {
  untilMs: number;
  /** Waves of refusals that named no time, since the last success. */
  waves: number;
}

const SHORTEST_MS = 100;
const FIRST_UNNAMED_MS = 1_000;
const LONGEST_UNNAMED_MS = 60_000;
/** Spread, so that replicas which rest together do not come back together. */
const SPREAD = 0.1;

export function noCooldown(): Cooldown {
  return { untilMs: 0, waves: 0 };
}

/** A refusal. Returns for how long the route rests from now on. @param random a number of [0, 1) */
export function refuse(cooldown: Cooldown, saidMs: number | null, nowMs: number, random: number): number {
  // No time at all, or one that is over, says nothing: the refusal says that it was too early.
  const namedMs = saidMs === null || saidMs <= 0 ? null : saidMs;
  if (namedMs === null && nowMs >= cooldown.untilMs) cooldown.waves += 1;
  const unnamedMs = Math.min(
    FIRST_UNNAMED_MS * 2 ** Math.min(Math.max(0, cooldown.waves - 1), 16),
    LONGEST_UNNAMED_MS,
  );
  const waitMs = Math.max(SHORTEST_MS, namedMs ?? unnamedMs) * (1 + random * SPREAD);
  coolUntil(cooldown, nowMs + waitMs);
  return cooldown.untilMs - nowMs;
}

export function coolUntil(cooldown: Cooldown, untilMs: number): void {
  cooldown.untilMs = Math.max(cooldown.untilMs, untilMs);
}

export function succeeded(cooldown: Cooldown): void {
  cooldown.waves = 0;
}
