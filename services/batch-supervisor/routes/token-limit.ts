import { enqueuedLimitIn } from "../../../shared/batch-policy/enqueued-limit.ts";

/**
 * How many prompt tokens the batches of a route may hold: what the user says, or what refusals show. Tokens are counted
 * here as well as the model's tokenizer is known, and others may use the same key: so a refusal of what should have fitted
 * lowers the limit below the one that it names, and batches that are accepted raise it again.
 */
export interface TokenLimit {
  readonly given: number | null;
  /** As the provider's words have it. */
  named: number | null;
  learnt: number | null;
  /** Refusals since a batch was last accepted. */
  refusals: number;
  /** Monotonic milliseconds: nothing is created before, whatever was refused. */
  restUntilMs: number;
}

const FIRST_REST_MS = 15_000;
const LONGEST_REST_MS = 10 * 60_000;
/** So many refusals in a row are not our own doing. */
const PATIENT_REFUSALS = 4;
const LOWER = 0.85;
const RAISE = 1.02;

export function tokenLimit(given: number | null): TokenLimit {
  return { given, named: null, learnt: null, refusals: 0, restUntilMs: 0 };
}

/** The lowest holds: the user may be wrong. */
export function limitOf({ given, named, learnt }: TokenLimit): number | null {
  const known = [given, named, learnt].filter((limit) => limit !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/**
 * A batch was refused.
 * @param facts.tokens of it @param facts.others of the other batches that had not ended
 */
export function refused(
  limit: TokenLimit,
  { message, tokens, others, nowMs }: { message: string; tokens: number; others: number; nowMs: number },
): void {
  limit.named = enqueuedLimitIn(message) ?? limit.named;
  limit.refusals += 1;
  const held = limitOf(limit);
  // Where the limit explains the refusal it is enough to keep to it.
  if (held === null || tokens + others <= held)
    limit.learnt = Math.max(1, Math.floor((tokens + others) * LOWER));
  const restMs = FIRST_REST_MS * 2 ** Math.max(0, limit.refusals - PATIENT_REFUSALS);
  if (limit.refusals >= PATIENT_REFUSALS) limit.restUntilMs = nowMs + Math.min(restMs, LONGEST_REST_MS);
}

/** No batch was taken, and not for its tokens: nothing is created for a while. */
export function noRoom(limit: TokenLimit, nowMs: number): void {
  const restMs = FIRST_REST_MS * 2 ** Math.min(limit.refusals, 10);
  limit.refusals += 1;
  limit.restUntilMs = nowMs + Math.min(restMs, LONGEST_REST_MS);
}

/** A batch passed the provider's validation. */
export function accepted(limit: TokenLimit): void {
  limit.refusals = 0;
  if (limit.learnt !== null) limit.learnt = Math.ceil(limit.learnt * RAISE);
}

/** A batch has ended: there is room again. */
export function ended(limit: TokenLimit): void {
  limit.restUntilMs = 0;
}
