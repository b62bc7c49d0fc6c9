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

/**
 * An endpoint that has answered before and is away now is waited for, however long that takes. One that never has is more
 * likely to be written wrongly: after a row's last attempt a person is to look.
 * @param attempts of the row, this one too
 * @param hasAnswered the endpoint, to any call of this process
 * @param random 0 to 1
 */
export function afterFault(
  fault: RetryFault,
  attempts: number,
  maxAttempts: number,
  hasAnswered: boolean,
  random = Math.random(),
): AfterFault {
  const counts = !(hasAnswered && UNSENT.has(fault.reason));
  if (counts && attempts >= maxAttempts) {
    return !hasAnswered && UNREACHED.has(fault.reason)
      ? { kind: "halt", state: "paused", code: "unreachable", message: fault.message }
      : { kind: "row", reason: fault.reason, message: lastWord(fault, attempts) };
  }
  return { kind: "again", waitMs: Math.max(backoffMs(attempts, random), fault.waitMs ?? 0), counts };
}
