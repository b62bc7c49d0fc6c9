import { messageOf, RetryableError, TerminalError } from "../../errors.ts";

/** What happens to a message whose handler threw. */
export type Fate = { kind: "dead"; reason: string } | { kind: "again"; waitMs: number; bug: boolean };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Decides from the error and the number of deliveries so far; the only place that does. */
export function fateOf(error: unknown, deliveries: number): Fate {
  if (error instanceof TerminalError) return { kind: "dead", reason: messageOf(error) };
  if (error instanceof RetryableError) return { kind: "again", waitMs: error.retryAfterMs, bug: false };
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(deliveries - 1, 16), LONGEST_WAIT_MS);
  return { kind: "again", waitMs, bug: true };
}
