/**
 * The share of a limit that is used, learnt from refusals: a 429 although the limit was kept means that the true limit
 * is lower (the given one is wrong, or others use the key too). A refusal lowers the share by a fifth, but not below
 * what was accepted lately, which is the best estimate of the true limit there is. Then it rises again: soon to just
 * below where it was refused, since a refusal may have been a hiccup, and from there so slowly that running into the
 * true limit again stays rare.
 *
 * Where nobody knows how calls are charged, what is set aside for them may be far more than what they are charged. Then
 * the share may pass 1:
 *
 * | the share is above 1 and | it                                                                             |
 * |--------------------------|--------------------------------------------------------------------------------|
 * | never refused            | grows by a quarter a second, while it is what calls wait for                   |
 * | refused far above        | falls below 1: what was accepted so far may have been a full bucket            |
 * | refused, yet proven      | is lowered like any other: more was accepted than any bucket of a minute holds |
 * | refused some time ago    | creeps, the faster the longer ago that is and the fewer refusals there were    |
 */
export interface LimitShare {
  /** Above 0; above 1 only where there is room. */
  share: number;
  /** When it was last lowered or raised. */
  atMs: number;
  loweredAtMs: number;
  /** The share at which that happened. */
  refusedAt: number;
  /** Waves of refusals. */
  waves: number;
  /** Seconds' worth of the limit that were accepted beyond it: as much as a bucket must have held. */
  beyond: number;
}

/** How far a share may rise. */
export interface Room {
  most: number;
  /** This limit is what calls wait for: else nothing is learnt from that they are accepted. */
  isBound: boolean;
}

const NO_ROOM: Room = { most: 1, isBound: false };
const LOWERED_TO = 0.8;
const OF_ACCEPTED = 0.98;
const RETURN_PER_SECOND = 0.02;
const CREEP_PER_SECOND = 0.003;
const GROWTH_PER_SECOND = 1.25;
/** After a refusal the creep doubles in this time. */
const DOUBLING_SECONDS = 15;
/** Up to this part of the share that was refused it returns fast. */
const KNOWN_GOOD = 0.95;
/** Refusals of one wave count once. */
const WAVE_MS = 1_000;
const LOWEST = 0.01;
const FAR_ABOVE = 1.2;
/** Where it goes on after a refusal far above 1, and up to where it returns fast. */
const SAFE = 0.9;
const SAFE_REFUSED_AT = 1.1;
/** No provider is known whose bucket holds more than a minute's worth. */
const PROVEN_SECONDS = 75;

export function fullShare(nowMs: number): LimitShare {
  const never = Number.NEGATIVE_INFINITY;
  return { share: 1, atMs: nowMs, loweredAtMs: never, refusedAt: 1, waves: 0, beyond: 0 };
}

/** @param acceptedShare what was accepted lately, as a share of the limit */
export function lowerShare(ofLimit: LimitShare, acceptedShare: number, nowMs: number, room = NO_ROOM): void {
  raiseShare(ofLimit, nowMs, room);
  if (nowMs - ofLimit.loweredAtMs < WAVE_MS) return;
  ofLimit.loweredAtMs = nowMs;
  ofLimit.waves += 1;
  if (ofLimit.share > FAR_ABOVE && ofLimit.beyond < PROVEN_SECONDS) {
    Object.assign(ofLimit, { share: SAFE, refusedAt: SAFE_REFUSED_AT });
    return;
  }
  const lowered = Math.max(ofLimit.share * LOWERED_TO, acceptedShare * OF_ACCEPTED, LOWEST);
  ofLimit.refusedAt = ofLimit.share;
  ofLimit.share = Math.min(ofLimit.share, lowered);
}

/** Brings the share up to the given time. */
export function raiseShare(ofLimit: LimitShare, nowMs: number, room = NO_ROOM): void {
  let seconds = Math.max(0, nowMs - ofLimit.atMs) / 1000;
  ofLimit.atMs = Math.max(ofLimit.atMs, nowMs);
  const near = Math.min(ofLimit.refusedAt * KNOWN_GOOD, room.most);
  if (ofLimit.share < near) {
    const perSecond = RETURN_PER_SECOND * Math.max(1, ofLimit.share);
    const returning = Math.min(seconds, (near - ofLimit.share) / perSecond);
    ofLimit.share += returning * perSecond;
    seconds -= returning;
  }
  if (room.isBound) ofLimit.beyond = Math.max(0, ofLimit.beyond + (ofLimit.share - 1) * seconds);
  ofLimit.share = Math.min(room.most, raised(ofLimit, seconds, nowMs, room));
}

function raised(
  { share, loweredAtMs, waves }: LimitShare,
  seconds: number,
  nowMs: number,
  room: Room,
): number {
  if (room.most <= 1) return Math.min(1, share + seconds * CREEP_PER_SECOND);
  if (share >= 1 && !room.isBound) return share;
  if (waves === 0) return share * GROWTH_PER_SECOND ** seconds;
  const quietSeconds = Math.min((nowMs - loweredAtMs) / 1000, DOUBLING_SECONDS * 8);
  const creep = (CREEP_PER_SECOND * 2 ** (quietSeconds / DOUBLING_SECONDS)) / waves;
  return share + seconds * creep * Math.max(1, share);
}
