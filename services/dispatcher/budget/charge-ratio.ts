/**
 * How much more was set aside for calls than they took, of about the last fifty. Where a provider turns out to charge
 * what calls take, so much more of them can be made than what is set aside suggests.
 */
export interface ChargeRatio {
  calls: number;
  /** Tokens a call. */
  reserved: number;
  used: number;
}

const WEIGHT = 0.02;
const ENOUGH_CALLS = 20;
/** A limit is filled up to here: what single calls take varies. */
const FILLED = 0.985;

export function nothingTaken(): ChargeRatio {
  return { calls: 0, reserved: 0, used: 0 };
}

/** Takes in calls that have ended: what was set aside for all of them, and what they took. */
export function took(ratio: ChargeRatio, calls: number, reserved: number, used: number): void {
  if (calls <= 0) return;
  const weight = Math.max(1 - (1 - WEIGHT) ** calls, calls / (ratio.calls + calls) / 2);
  const part = ratio.calls === 0 ? 1 : weight;
  ratio.reserved += (reserved / calls - ratio.reserved) * part;
  ratio.used += (used / calls - ratio.used) * part;
  ratio.calls += calls;
}

/** The share of a limit, in tokens set aside, at which the tokens that calls take fill it; at least 1. */
export function mostShare({ calls, reserved, used }: ChargeRatio): number {
  return calls < ENOUGH_CALLS || used <= 0 ? 1 : Math.max(1, (FILLED * reserved) / used);
}
