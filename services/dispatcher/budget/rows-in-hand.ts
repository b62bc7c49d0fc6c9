import type { RouteLimits } from "./route-limits.ts";

export interface RouteShare {
  /** Calls that may be open at once. */
  slots: number;
  /** Calls that were started lately. */
  startsPerMinute: number;
  limits: RouteLimits;
  /** Tokens set aside for a row on average; 0: not known. */
  tokensARow: number;
  /** Of this job, and of all jobs that have rows here. */
  weight: number;
  weights: number;
}

const LEAST_ROWS = 2;
const AHEAD = 1.5;
/** What is started in the time that a chunk takes to come, when the machine is busy. */
const SUPPLY_MS = 300;
const LIMITED_MS = 3_000;

/**
 * How many unfinished rows a job should have in hand. Beside those whose calls are open, half as many or some tenths of
 * a second's worth, so that no slot is idle and slow calls leave chunks to other replicas; where limits bind and not
 * the slots, a few seconds' worth. Jobs share it by weight.
 */
export function rowsInHand({
  slots,
  startsPerMinute,
  limits,
  tokensARow,
  weight,
  weights,
}: RouteShare): number {
  const { requestsPerMinute, tokensPerMinute } = limits;
  let rows = Math.max(slots * AHEAD, slots + (startsPerMinute / 60_000) * SUPPLY_MS);
  if (typeof requestsPerMinute === "number") rows = Math.min(rows, (requestsPerMinute / 60_000) * LIMITED_MS);
  if (typeof tokensPerMinute === "number" && tokensARow > 0) {
    rows = Math.min(rows, (tokensPerMinute / tokensARow / 60_000) * LIMITED_MS);
  }
  return Math.max(LEAST_ROWS, Math.ceil((rows * weight) / weights));
}
