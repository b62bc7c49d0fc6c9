/**
 * Notices that an endpoint as a whole is down: many calls in a row without one that was answered. Then one call at a
 * time tries whether it is back, at growing distances, and all other rows wait, so that an outage of minutes does not
 * use up the attempts of every row that comes by.
 */
export interface Outage {
  /** Faults since the last answer. */
  faults: number;
  sinceMs: number;
  /** Probes that failed since it is considered down; 0: not down. */
  probes: number;
  /** To any call so far. */
  hasAnswered: boolean;
  /** Answers since the last good one that blame the account or the model. */
  accountFaults: number;
}

const FAULTS = 24;
const SILENCE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

export function noOutage(): Outage {
  return { faults: 0, sinceMs: 0, probes: 0, hasAnswered: false, accountFaults: 0 };
}

/** The endpoint answered as it should. */
export function answered(outage: Outage): void {
  outage.faults = 0;
  outage.probes = 0;
  outage.hasAnswered = true;
  outage.accountFaults = 0;
}

/** A call failed for a reason that may be the endpoint's. Returns how long the route is to rest; 0: go on. */
export function faulted(outage: Outage, nowMs: number): number {
  if (outage.faults === 0) outage.sinceMs = nowMs;
  outage.faults += 1;
  if (outage.faults < FAULTS || nowMs - outage.sinceMs < SILENCE_MS) return 0;
  outage.probes += 1;
  return Math.min(1000 * 2 ** Math.min(outage.probes - 1, 10), LONGEST_PAUSE_MS);
}

/** While down, one call at a time tries. */
export function isDown(outage: Outage): boolean {
  return outage.probes > 0;
}
