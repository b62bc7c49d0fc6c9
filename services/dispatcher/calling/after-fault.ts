import type { Fault } from "../../../shared/completions/fault.ts";
import { lastWord, type RetryFault } from "../../../shared/completions/verdict.ts";
import { backoffMs } from "./backoff.ts";

/** What becomes of a row whose call failed, where another attempt may succeed. */
export type AfterFault =
  /** Asked again after the wait; `counts`: it was an attempt. */
  | { kind: "again"; waitMs: number; counts: boolean }
  /** It had all its attempts. */
  | { kind: "row"; reason: string; message: string }
  /** Nothing was ever reached at the annotator's address, so that no row can be to blame. */
  | (Fault & { kind: "halt" });

/** Faults of calls that were not sent: they cost nothing, and say nothing of a row. */
const UNSENT = new Set(["connection_refused", "name_not_found"]);
/** A connection whose TLS breaks in the middle of a call is one of these, too: that call may have been paid. */
const UNREACHED = new Set([...UNSENT, "tls"]);

/** Answers with a 200 that are no completion. */
const UNREADABLE = "garbage";
/** Answers of who is overloaded, or is just starting: nothing was made, and nothing is paid. */
const AWAY = new Set(["http_498", "http_503", "http_529"]);
/** So long one call after the other may be answered like that before it counts: small jobs have few attempts to spend. */
const PATIENCE_MS = 300_000;
const LONGEST_WAIT_MS = 30_000;

/** What is known of an endpoint when a call to it has failed. */
export interface EndpointFacts {
  /** To any call of this process. */
  hasAnswered: boolean;
  /** Milliseconds since the first of the failed calls that came one after the other before this one; 0: there was none. */
  outageMs: number;
}

/**
 * An endpoint that has answered before and is away now is waited for, however long that takes. One that never has is more
 * likely to be written wrongly: after a row's last attempt a person is to look.
 * @param attempts of the row, this one too
 * @param random 0 to 1
 */
export function afterFault(
  fault: RetryFault,
  attempts: number,
  maxAttempts: number,
  { hasAnswered, outageMs }: EndpointFacts,
  random = Math.random(),
): AfterFault {
  const isAway = AWAY.has(fault.reason) && outageMs > 0 && outageMs < PATIENCE_MS;
  const counts = !isAway && !(hasAnswered && UNSENT.has(fault.reason));
  if (counts && attempts >= maxAttempts) {
    const never = hasAnswered ? undefined : neverCode(fault.reason);
    return never !== undefined
      ? { kind: "halt", state: "paused", code: never, message: fault.message }
      : { kind: "row", reason: fault.reason, message: lastWord(fault, attempts) };
  }
  const grown = isAway ? Math.min(outageMs * (0.25 + random / 4), LONGEST_WAIT_MS) : 0;
  return { kind: "again", waitMs: Math.max(backoffMs(attempts, random), grown, fault.waitMs ?? 0), counts };
}

/** Why a person is to look at an endpoint that has never answered as it should; undefined: it is the row's affair. */
function neverCode(reason: string): "unreachable" | "unreadable" | undefined {
  if (UNREACHED.has(reason)) return "unreachable";
  return reason === UNREADABLE ? "unreadable" : undefined;
}
