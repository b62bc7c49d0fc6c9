/**
 * The share of a limit that is used, learnt from refusals: a 429 although the limit was kept means that the true limit
 * is lower (the given one is wrong, or others use the key too). A refusal lowers the pace by a fifth, but not below
 * what was accepted lately, which is the best estimate of the true limit there is. Then it rises again: soon to just
 * below where it was refused, since a refusal may have been a hiccup, and from there so slowly that running into the
 * true limit again stays rare.
 */
export interface Pace {
  /** 0..1 */
  share: number;
  /** When it was last lowered or raised. */
  atMs: number;
  loweredAtMs: number;
  /** The share at which that happened. */
  refusedAt: number;
}

const LOWERED_TO = 0.8;
const OF_ACCEPTED = 0.98;
const RETURN_PER_SECOND = 0.02;
const CREEP_PER_SECOND = 0.003;
/** Up to this part of the share that was refused it returns fast. */
const KNOWN_GOOD = 0.95;
/** Refusals of one wave count once. */
const WAVE_MS = 1_000;
const LOWEST = 0.01;

export function fullPace(nowMs: number): Pace {
  return { share: 1, atMs: nowMs, loweredAtMs: Number.NEGATIVE_INFINITY, refusedAt: 1 };
}

/** @param acceptedShare what was accepted lately, as a share of the limit */
export function slowDown(pace: Pace, acceptedShare: number, nowMs: number): void {
  creep(pace, nowMs);
  if (nowMs - pace.loweredAtMs < WAVE_MS) return;
  const lowered = Math.max(pace.share * LOWERED_TO, acceptedShare * OF_ACCEPTED, LOWEST);
  pace.refusedAt = pace.share;
  pace.share = Math.min(pace.share, lowered);
  pace.loweredAtMs = nowMs;
}

/** Brings the pace up to the given time. */
export function creep(pace: Pace, nowMs: number): void {
  let seconds = Math.max(0, nowMs - pace.atMs) / 1000;
  pace.atMs = Math.max(pace.atMs, nowMs);
  const near = pace.refusedAt * KNOWN_GOOD;
  if (pace.share < near) {
    const returning = Math.min(seconds, (near - pace.share) / RETURN_PER_SECOND);
    pace.share += returning * RETURN_PER_SECOND;
    seconds -= returning;
  }
  pace.share = Math.min(1, pace.share + seconds * CREEP_PER_SECOND);
}
