import type { LearntLimits, Settlement } from "../../../shared/contracts/route-budget.ts";
import type { RouteLimits } from "./route-limits.ts";

/**
 * Calls that run alone, to show what is not known of a route.
 *
 * | a probe is | until                                                             |
 * |------------|-------------------------------------------------------------------|
 * | needed     | limits are known, and how tokens are charged, or that calls do not show it |
 * | open       | it ends; or it takes too long, and another one tries              |
 */
export interface Probing {
  open: { replica: string; untilMs: number } | undefined;
  /** Probes that ended. */
  ended: number;
}

/** Where a probe takes longer than this, another one tries too. */
const PATIENCE_MS = 5_000;
/** Probes that did not show how tokens are charged. */
const CHARGING_PROBES = 3;

export function nothingProbed(): Probing {
  return { open: undefined, ended: 0 };
}

export function needsProbe(
  limits: RouteLimits,
  { charging }: LearntLimits,
  auto: boolean,
  { ended }: Probing,
): boolean {
  if (limits.requestsPerMinute === "unknown" || limits.tokensPerMinute === "unknown") return true;
  const unknown = typeof limits.tokensPerMinute === "number" && charging === null;
  return unknown && ended < CHARGING_PROBES && auto;
}

/** For how long the open probe may still take; 0: none is open, or it takes too long. */
export function probeWaitMs({ open }: Probing, nowMs: number): number {
  return open === undefined ? 0 : Math.max(0, open.untilMs - nowMs);
}

/** @returns for how long it may take */
export function probeStarted(probing: Probing, replica: string, nowMs: number): number {
  probing.open = { replica, untilMs: nowMs + PATIENCE_MS };
  return PATIENCE_MS;
}

/** An answer without token headers says that no further one will show how tokens are charged. */
export function probeEnded(probing: Probing, { learnt, replica }: Settlement): void {
  const hopeless = learnt.probed && learnt.tokensPerMinute === null;
  probing.ended = hopeless ? CHARGING_PROBES : probing.ended + 1;
  if (probing.open?.replica === replica) probing.open = undefined;
}
