import {
  available,
  emptyBucket,
  giveBack,
  setRate,
  type TokenBucket,
  take,
  waitFor,
} from "./token-bucket.ts";

/**
 * A route's budget as it is handed out: two buckets, and the replicas that wait for some of it.
 * First come, first served among replicas; a grant is a small slice of time, so that none waits long and little is
 * outstanding, but at least what the call needs that waits. Time is an argument.
 */
export interface BudgetQueue {
  /** Null: no limit. */
  requests: TokenBucket | null;
  tokens: TokenBucket | null;
  places: Place[];
  /** When each replica asked last. */
  heard: Map<string, number>;
}

/** A replica's place in the queue. One that was sent away with nothing keeps it for a moment. */
export interface Place {
  replica: string;
  requests: number;
  tokens: number;
  largest: number;
  present: boolean;
  atMs: number;
}

export interface Slice {
  replica: string;
  requests: number;
  tokens: number;
}

const BURST_MS = 250;
/** All replicas together hold about this much of the route's time, each at least LEAST_SLICE_MS. */
const SHARED_SLICE_MS = 100;
const LEAST_SLICE_MS = 25;
const ACTIVE_MS = 2_000;
const PLACE_KEPT_MS = 500;

export function emptyQueue(): BudgetQueue {
  return { requests: null, tokens: null, places: [], heard: new Map() };
}

/** Limits a minute, null for none. A changed rate holds from now on; a new bucket starts empty. */
export function setLimits(
  queue: BudgetQueue,
  requestsPerMinute: number | null,
  tokensPerMinute: number | null,
  nowMs: number,
): void {
  queue.requests = withRate(queue.requests, requestsPerMinute, nowMs);
  queue.tokens = withRate(queue.tokens, tokensPerMinute, nowMs);
}

/** Takes a place in the queue, or renews the one that the replica has. */
export function queueUp(queue: BudgetQueue, ask: Omit<Place, "present" | "atMs">, nowMs: number): void {
  queue.heard.set(ask.replica, nowMs);
  const place = queue.places.find(({ replica }) => replica === ask.replica);
  if (place) Object.assign(place, ask, { present: true, atMs: nowMs });
  else queue.places.push({ ...ask, present: true, atMs: nowMs });
}

/** The replica was answered with nothing: it will ask again. */
export function sendAway(queue: BudgetQueue, replica: string, nowMs: number): void {
  const place = queue.places.find((one) => one.replica === replica);
  if (place) Object.assign(place, { present: false, atMs: nowMs });
}

export function firstPresent({ places }: BudgetQueue): Place | undefined {
  return places.find(({ present }) => present);
}

export function leavePlace({ places }: BudgetQueue, place: Place): void {
  places.splice(places.indexOf(place), 1);
}

/** The next slice for the first who waits, or how long it must still wait; Infinity: nobody waits. */
export function nextSlice(queue: BudgetQueue, nowMs: number): Slice | { waitMs: number } {
  queue.places = queue.places.filter(({ present, atMs }) => present || nowMs - atMs < PLACE_KEPT_MS);
  const first = firstPresent(queue);
  if (first === undefined) return { waitMs: Number.POSITIVE_INFINITY };
  const sliceMs = Math.max(LEAST_SLICE_MS, SHARED_SLICE_MS / activeReplicas(queue, nowMs));
  const requests = share(queue.requests, sliceMs, first.requests, Math.min(1, first.requests), nowMs);
  const tokens = share(queue.tokens, sliceMs, first.tokens, first.largest, nowMs);
  const waitMs = Math.max(requests.waitMs, tokens.waitMs);
  if (waitMs > 0) return { waitMs };
  // Whole calls, and tokens for as many: a surplus of one kind would lie at the replica, and be spent later in a burst.
  const part = Math.min(requests.part, tokens.part);
  const calls = Math.min(first.requests, Math.max(1, Math.floor(part * first.requests)));
  const portion = calls > 0 ? calls / first.requests : part;
  const slice = {
    replica: first.replica,
    requests: calls,
    tokens: Math.max(first.largest, portion * first.tokens),
  };
  if (queue.requests) take(queue.requests, slice.requests);
  if (queue.tokens) take(queue.tokens, slice.tokens);
  leavePlace(queue, first);
  return slice;
}

/** Puts back what a replica did not need; negative amounts are debts. */
export function settle(queue: BudgetQueue, requests: number, tokens: number): void {
  if (queue.requests) giveBack(queue.requests, requests);
  if (queue.tokens) giveBack(queue.tokens, tokens);
}

/** Which part of `wanted` can be had now, and how long to wait until a slice worth sending is there. */
function share(
  bucket: TokenBucket | null,
  sliceMs: number,
  wanted: number,
  least: number,
  nowMs: number,
): { part: number; waitMs: number } {
  if (bucket === null || wanted <= 0) return { part: 1, waitMs: 0 };
  const slice = Math.max(least, bucket.perMs * sliceMs);
  const waitMs = waitFor(bucket, Math.max(least, Math.min(wanted, slice / 2)), nowMs);
  const have = Math.max(least, Math.min(wanted, slice, available(bucket, nowMs)));
  return { part: Math.min(1, have / wanted), waitMs };
}

function activeReplicas(queue: BudgetQueue, nowMs: number): number {
  for (const [replica, atMs] of queue.heard) if (nowMs - atMs > ACTIVE_MS) queue.heard.delete(replica);
  return Math.max(1, queue.heard.size);
}

function withRate(bucket: TokenBucket | null, perMinute: number | null, nowMs: number): TokenBucket | null {
  if (perMinute === null) return null;
  if (bucket === null) return emptyBucket(perMinute, BURST_MS, nowMs);
  setRate(bucket, perMinute, BURST_MS, nowMs);
  return bucket;
}
