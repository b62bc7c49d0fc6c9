/**
 * A token bucket that starts full and refills continuously. It is strict: over any span of time it lets through at
 * most the span's refill plus its capacity; only a single cost above the capacity may pass beyond that, from a full
 * bucket, and is then paid back by the refill before anything else passes.
 */
export type TokenBucket = { perMs: number; capacity: number; level: number; atMs: number };

const ROUNDING = 1e-6;
const MINUTE_MS = 60_000;

/** A full bucket for `perMinute`, holding `burstSeconds` worth of it and at least 1. */
export function createBucket(perMinute: number, burstSeconds: number, nowMs: number): TokenBucket {
  const capacity = Math.max(1, (perMinute / 60) * burstSeconds);
  return { perMs: perMinute / MINUTE_MS, capacity, level: capacity, atMs: nowMs };
}

/** Brings the level up to the given time. A clock that steps back adds nothing. */
export function refill(bucket: TokenBucket, nowMs: number): void {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.level = Math.min(bucket.capacity, bucket.level + elapsedMs * bucket.perMs);
  bucket.atMs = Math.max(bucket.atMs, nowMs);
}

/** Milliseconds until `cost` would be let through if nothing else took from the bucket; 0 = now. Charges nothing. */
export function waitFor(bucket: TokenBucket, cost: number, nowMs: number): number {
  refill(bucket, nowMs);
  const missing = Math.min(cost, bucket.capacity) - bucket.level;
  return missing <= ROUNDING ? 0 : missing / bucket.perMs;
}

/** Takes `cost`; the caller has found `waitFor` to be 0. */
export function charge(bucket: TokenBucket, cost: number): void {
  bucket.level -= cost;
}

/** Milliseconds until the bucket is full again. */
export function fullAfter(bucket: TokenBucket): number {
  return (bucket.capacity - bucket.level) / bucket.perMs;
}
