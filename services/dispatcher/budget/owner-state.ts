import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type { BudgetQuestion, LearntLimits, Settlement } from "../../../shared/contracts/route-budget.ts";
import { type BudgetQueue, emptyQueue, setLimits, settle } from "./budget-queue.ts";
import { type ChargeRatio, mostShare, nothingTaken, took } from "./charge-ratio.ts";
import { fullShare, type LimitShare, lowerShare, type Room, raiseShare } from "./limit-share.ts";
import { nothingProbed, type Probing, probeEnded } from "./probing.ts";
import { add, emptySum, perMinute, type RollingSum } from "./rolling-sum.ts";
import { effectiveLimits, type Limit, learn, type RouteLimits, tightest } from "./route-limits.ts";

/** What the holder of a route's lease knows. Time is an argument. */
export interface OwnerState {
  readonly queue: BudgetQueue;
  /** What replicas said of their jobs, and when. */
  readonly given: Map<string, { limits: GivenLimits; auto: boolean; atMs: number }>;
  /** Shared with this replica's own client. */
  readonly learnt: LearntLimits;
  readonly shares: { requests: LimitShare; tokens: LimitShare };
  /** And not returned. */
  readonly granted: { requests: RollingSum; tokens: RollingSum };
  readonly ratio: ChargeRatio;
  readonly probing: Probing;
  limits: RouteLimits;
  /** The route cools down until then. */
  stopUntilMs: number;
}

const GIVEN_KEPT_MS = 5_000;
/** Where less than this part of what may be granted was granted in the last seconds, something else binds. */
const BOUND_FROM = 0.5;

export function ownerState(learnt: LearntLimits, nowMs: number): OwnerState {
  return {
    queue: emptyQueue(),
    given: new Map(),
    learnt,
    shares: { requests: fullShare(nowMs), tokens: fullShare(nowMs) },
    granted: { requests: emptySum(nowMs), tokens: emptySum(nowMs) },
    ratio: nothingTaken(),
    probing: nothingProbed(),
    limits: { requestsPerMinute: "unknown", tokensPerMinute: "unknown" },
    stopUntilMs: 0,
  };
}

export function hearGiven(state: OwnerState, question: BudgetQuestion, nowMs: number): void {
  const { given, auto, replica } = question;
  state.given.set(replica, { limits: given, auto, atMs: nowMs });
}

/** Whether a job's way of being charged is to be found out. */
export function isAuto({ given }: OwnerState): boolean {
  return [...given.values()].some(({ auto }) => auto);
}

/** Brings limits and buckets up to the present. @returns whether other limits are in force now */
export function refresh(state: OwnerState, nowMs: number): boolean {
  const { given, shares, limits: before } = state;
  for (const [replica, { atMs }] of given) if (nowMs - atMs > GIVEN_KEPT_MS) given.delete(replica);
  const limits = effectiveLimits(tightest([...given.values()].map((one) => one.limits)), state.learnt);
  state.limits = limits;
  raiseShare(shares.requests, nowMs);
  raiseShare(shares.tokens, nowMs, roomForTokens(state, nowMs));
  const requests = rateOf(limits.requestsPerMinute, shares.requests);
  setLimits(state.queue, requests, rateOf(limits.tokensPerMinute, shares.tokens), nowMs);
  return (
    limits.requestsPerMinute !== before.requestsPerMinute || limits.tokensPerMinute !== before.tokensPerMinute
  );
}

export function countGranted({ granted }: OwnerState, requests: number, tokens: number, nowMs: number): void {
  add(granted.requests, requests, nowMs);
  add(granted.tokens, tokens, nowMs);
}

/** Takes what granted budget has come to. */
export function settleGranted(state: OwnerState, settlement: Settlement, nowMs: number): void {
  const { requests, tokens, refusedRequests, refusedTokens, refusedBy } = settlement;
  learn(state.learnt, settlement.learnt);
  settle(state.queue, requests, tokens);
  took(state.ratio, settlement.ended.calls, settlement.ended.reserved, settlement.ended.used);
  countGranted(state, -requests - refusedRequests, -tokens - refusedTokens, nowMs);
  if (refusedRequests > 0 && refusedBy !== "tokens") lower(state, "requests", nowMs);
  if (refusedRequests > 0 && refusedBy !== "requests") lower(state, "tokens", nowMs);
  if (settlement.probeEnded) probeEnded(state.probing, settlement);
}

/** What was granted and not returned lately, a minute. */
export function usedLately({ granted }: OwnerState, nowMs: number): { requests: number; tokens: number } {
  return { requests: perMinute(granted.requests, nowMs), tokens: perMinute(granted.tokens, nowMs) };
}

function lower(state: OwnerState, kind: "requests" | "tokens", nowMs: number): void {
  const { limits, granted, shares } = state;
  const limit = limits[`${kind}PerMinute`];
  if (typeof limit !== "number") return;
  const room = kind === "tokens" ? roomForTokens(state, nowMs) : undefined;
  lowerShare(shares[kind], perMinute(granted[kind], nowMs) / limit, nowMs, room);
}

/** Where nobody knows how calls are charged, more may be granted than the limit, as far as what they take allows. */
function roomForTokens({ given, learnt, limits, ratio, granted, shares }: OwnerState, nowMs: number): Room {
  const isUnknown = learnt.charging === null && [...given.values()].every(({ auto }) => auto);
  const limit = limits.tokensPerMinute;
  if (!isUnknown || typeof limit !== "number") return { most: 1, isBound: false };
  const isBound = perMinute(granted.tokens, nowMs) >= BOUND_FROM * limit * shares.tokens.share;
  return { most: mostShare(ratio), isBound };
}

function rateOf(limit: Limit, { share }: LimitShare): number | null {
  return typeof limit === "number" ? limit * share : null;
}
