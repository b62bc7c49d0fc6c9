/**
 * The share of a limit that is used, learnt from refusals: a 429 although the limit was kept means that the true limit
 * is lower (the given one is wrong, or others use the key too). A refusal lowers the share by a fifth, but not below
 * what was accepted lately, which is the best estimate of the true limit there is. Then it rises again: soon to just
 * below where it was refused, since a refusal may have been a hiccup, and from there so slowly that running into the
 * true limit again stays rare.
 */
export interface LimitShare {
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

export function fullShare(nowMs: number): LimitShare {
  return { share: 1, atMs: nowMs, loweredAtMs: Number.NEGATIVE_INFINITY, refusedAt: 1 };
}

/** @param acceptedShare what was accepted lately, as a share of the limit */
export function lowerShare(ofLimit: LimitShare, acceptedShare: number, nowMs: number): void {
  raiseShare(ofLimit, nowMs);
  if (nowMs - ofLimit.loweredAtMs < WAVE_MS) return;
  const lowered = Math.max(ofLimit.share * LOWERED_TO, acceptedShare * OF_ACCEPTED, LOWEST);
  ofLimit.refusedAt = ofLimit.share;
  ofLimit.share = Math.min(ofLimit.share, lowered);
  ofLimit.loweredAtMs = nowMs;
}

/** Brings the share up to the given time. */
export function raiseShare(ofLimit: LimitShare, nowMs: number): void {
  let seconds = Math.max(0, nowMs - ofLimit.atMs) / 1000;
  ofLimit.atMs = Math.max(ofLimit.atMs, nowMs);
  const near = ofLimit.refusedAt * KNOWN_GOOD;
  if (ofLimit.share < near) {
    const returning = Math.min(seconds, (near - ofLimit.share) / RETURN_PER_SECOND);
    ofLimit.share += returning * RETURN_PER_SECOND;
    seconds -= returning;
  }
  ofLimit.share = Math.min(1, ofLimit.share + seconds * CREEP_PER_SECOND);
}
