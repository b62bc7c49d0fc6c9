import { goDuration } from "./go-duration.ts";
import { charge, createBucket, fullAfter, refill, type TokenBucket, waitFor } from "./token-bucket.ts";

/** Limits of one API key on one model; 0 = none. */
export type Limits = { requestsPerMinute: number; tokensPerMinute: number; burstSeconds: number };

/** Both buckets of one key and model; null where there is no limit. */
export type LimitState = { limits: Limits; requests: TokenBucket | null; tokens: TokenBucket | null };

export type Admission =
  | { admitted: true }
  | { admitted: false; kind: "too_large" }
  | { admitted: false; kind: "requests" | "tokens"; waitMs: number; used: number };

/** Full buckets for the given limits. */
export function createLimitState(limits: Limits, nowMs: number): LimitState {
  const bucket = (perMinute: number) =>
    perMinute > 0 ? createBucket(perMinute, limits.burstSeconds, nowMs) : null;
  return { limits, requests: bucket(limits.requestsPerMinute), tokens: bucket(limits.tokensPerMinute) };
}

/**
 * Charges one request and its tokens, or charges nothing and says for how long the caller must wait (whole
 * milliseconds, enough for both limits).
 */
export function admit(state: LimitState, tokens: number, nowMs: number): Admission {
  if (state.tokens && tokens > state.limits.tokensPerMinute) return { admitted: false, kind: "too_large" };
  const requestsMs = state.requests ? waitFor(state.requests, 1, nowMs) : 0;
  const tokensMs = state.tokens ? waitFor(state.tokens, tokens, nowMs) : 0;
  if (requestsMs > 0 || tokensMs > 0) {
    const kind = requestsMs > tokensMs ? "requests" : "tokens";
    const bucket = state[kind]!;
    const used = Math.round(bucket.capacity - bucket.level);
    return { admitted: false, kind, waitMs: Math.ceil(Math.max(requestsMs, tokensMs)), used };
  }
  if (state.requests) charge(state.requests, 1);
  if (state.tokens) charge(state.tokens, tokens);
  return { admitted: true };
}

/** The provider's rate-limit headers as name, value, name, value...; a limit that does not exist has none. */
export function rateHeaders(state: LimitState, nowMs: number): string[] {
  const headers: string[] = [];
  describe(headers, "requests", state.requests, state.limits.requestsPerMinute, nowMs);
  describe(headers, "tokens", state.tokens, state.limits.tokensPerMinute, nowMs);
  return headers;
}

function describe(headers: string[], kind: string, bucket: TokenBucket | null, limit: number, nowMs: number) {
  if (!bucket) return;
  refill(bucket, nowMs);
  headers.push(
    `x-ratelimit-limit-${kind}`,
    String(limit),
    `x-ratelimit-remaining-${kind}`,
    String(Math.max(0, Math.floor(bucket.level))),
    `x-ratelimit-reset-${kind}`,
    goDuration(fullAfter(bucket)),
  );
}
