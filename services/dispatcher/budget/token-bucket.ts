/**
 * A token bucket that starts empty and refills continuously. Time is an argument: milliseconds of a clock that never
 * steps back. Its capacity bounds a burst. An amount above the capacity is let through by a full bucket, whose level
 * then lies below zero: it is paid for by the refill before anything else passes.
 */
export interface TokenBucket {
  perMs: number;
  capacity: number;
  level: number;
  atMs: number;
}

const MINUTE_MS = 60_000;
const ROUNDING = 1e-6;

/** An empty bucket. @param burstMs how much of the refill it holds, at least 1 */
export function emptyBucket(perMinute: number, burstMs: number, nowMs: number): TokenBucket {
  const perMs = perMinute / MINUTE_MS;
  return { perMs, capacity: Math.max(1, perMs * burstMs), level: 0, atMs: nowMs };
}

/** Changes the rate from now on; what has been refilled or owed stays. */
export function setRate(bucket: TokenBucket, perMinute: number, burstMs: number, nowMs: number): void {
  refill(bucket, nowMs);
  bucket.perMs = perMinute / MINUTE_MS;
  bucket.capacity = Math.max(1, bucket.perMs * burstMs);
  bucket.level = Math.min(bucket.level, bucket.capacity);
}

/** Milliseconds until `amount` may be taken, if nobody else takes any; 0: now. */
export function waitFor(bucket: TokenBucket, amount: number, nowMs: number): number {
  refill(bucket, nowMs);
  const missing = Math.min(amount, bucket.capacity) - bucket.level;
  return missing <= ROUNDING ? 0 : missing / bucket.perMs;
}

/** Takes it whatever the level: the caller has found `waitFor` to be 0, or debits what was used already. */
export function take(bucket: TokenBucket, amount: number): void {
  bucket.level -= amount;
}

/** Returns what was taken and not used; what does not fit any more is lost. */
export function giveBack(bucket: TokenBucket, amount: number): void {
  bucket.level = Math.min(bucket.capacity, bucket.level + amount);
}

/** What may be taken now, at once. */
export function available(bucket: TokenBucket, nowMs: number): number {
  refill(bucket, nowMs);
  return Math.max(0, bucket.level);
}

function refill(bucket: TokenBucket, nowMs: number): void {
  const elapsedMs = nowMs - bucket.atMs;
  if (elapsedMs <= 0) return;
  bucket.level = Math.min(bucket.capacity, bucket.level + elapsedMs * bucket.perMs);
  bucket.atMs = nowMs;
}
