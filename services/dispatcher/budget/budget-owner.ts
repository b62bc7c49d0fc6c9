import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type {
  BudgetAnswer,
  BudgetQuestion,
  LearntLimits,
  Settlement,
} from "../../../shared/contracts/route-budget.ts";
import { emptyQueue, nextSlice, queueUp, sendAway, setLimits, settle } from "./budget-queue.ts";
import { raiseShare, fullShare, lowerShare } from "./limit-share.ts";
import { add, emptySum, perMinute } from "./rolling-sum.ts";
import { effectiveLimits, fillIn, type Limit, learn, type RouteLimits, tightest } from "./route-limits.ts";

/** How long granted budget may be kept. */
const VALID_MS = 500;
/** A question is answered after this time, if need be with nothing. */
const HELD_MS = 1_000;
/** While limits are unknown one call runs alone; where it takes longer than this, another one tries too. */
const PROBE_PATIENCE_MS = 5_000;
/** Probes that did not show how tokens are charged. */
const CHARGING_PROBES = 3;
const GIVEN_KEPT_MS = 5_000;

/** What the holder of a route's lease does; another one begins anew, with empty buckets. */
export interface BudgetOwner {
  ask(question: BudgetQuestion): Promise<BudgetAnswer>;
  settle(settlement: Settlement): void;
  /** The provider wants the route to rest. */
  stop(untilMs: number): void;
  limits(): RouteLimits;
  /** What was granted and not returned lately, a minute. */
  used(): { requests: number; tokens: number };
  close(): void;
}

export interface OwnerPorts {
  now(): number;
  /** False: another replica may hold the lease now, nothing may be granted. */
  mayGrant(): boolean;
  /** What this replica knows; changed in place as more is learnt. */
  learnt: LearntLimits;
  /** The limits in force have become other ones. */
  changed(limits: RouteLimits): void;
}

interface Waiter {
  resolve(answer: BudgetAnswer): void;
  timer: NodeJS.Timeout;
}

export function openBudgetOwner(ports: OwnerPorts): BudgetOwner {
  const { learnt } = ports;
  const startedMs = ports.now();
  const queue = emptyQueue();
  const waiters = new Map<string, Waiter>();
  const given = new Map<string, { limits: GivenLimits; auto: boolean; atMs: number }>();
  const paces = { requests: fullShare(startedMs), tokens: fullShare(startedMs) };
  const granted = { requests: emptySum(startedMs), tokens: emptySum(startedMs) };
  let limits: RouteLimits = { requestsPerMinute: "unknown", tokensPerMinute: "unknown" };
  let probing: { replica: string; untilMs: number } | undefined;
  let probes = 0;
  let stopUntilMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const refreshLimits = (nowMs: number) => {
    for (const [replica, { atMs }] of given) if (nowMs - atMs > GIVEN_KEPT_MS) given.delete(replica);
    const next = effectiveLimits(tightest([...given.values()].map((one) => one.limits)), learnt);
    for (const pace of [paces.requests, paces.tokens]) raiseShare(pace, nowMs);
    const rate = (limit: Limit, share: number) => (typeof limit === "number" ? limit * share : null);
    setLimits(
      queue,
      rate(next.requestsPerMinute, paces.requests.share),
      rate(next.tokensPerMinute, paces.tokens.share),
      nowMs,
    );
    const same =
      next.requestsPerMinute === limits.requestsPerMinute && next.tokensPerMinute === limits.tokensPerMinute;
    limits = next;
    if (!same) ports.changed(limits);
  };
  const answerTo = (replica: string, answer: Partial<BudgetAnswer>) => {
    const waiter = waiters.get(replica);
    if (waiter === undefined) return;
    waiters.delete(replica);
    clearTimeout(waiter.timer);
    const stopMs = Math.max(0, stopUntilMs - ports.now());
    waiter.resolve({
      requests: 0,
      tokens: 0,
      validMs: VALID_MS,
      stopMs,
      probe: false,
      learnt: { ...learnt },
      ...answer,
    });
  };
  const needsProbe = () =>
    limits.requestsPerMinute === "unknown" ||
    limits.tokensPerMinute === "unknown" ||
    (typeof limits.tokensPerMinute === "number" &&
      learnt.charging === null &&
      probes < CHARGING_PROBES &&
      [...given.values()].some(({ auto }) => auto));
  const serveProbe = (nowMs: number): number => {
    if (probing && nowMs < probing.untilMs) return probing.untilMs - nowMs;
    const first = queue.places.find(({ present }) => present);
    if (first === undefined) return Number.POSITIVE_INFINITY;
    queue.places.splice(queue.places.indexOf(first), 1);
    probing = { replica: first.replica, untilMs: nowMs + PROBE_PATIENCE_MS };
    answerTo(first.replica, { requests: 1, tokens: first.largest, probe: true });
    return PROBE_PATIENCE_MS;
  };
  const serve = () => {
    if (closed) return;
    clearTimeout(timer);
    let waitMs = Number.POSITIVE_INFINITY;
    const nowMs = ports.now();
    refreshLimits(nowMs);
    if (!ports.mayGrant()) waitMs = 100;
    else if (nowMs < stopUntilMs) waitMs = stopUntilMs - nowMs;
    else if (needsProbe()) waitMs = serveProbe(nowMs);
    else waitMs = serveSlices(nowMs);
    if (waitMs < Number.POSITIVE_INFINITY) timer = setTimeout(serve, Math.max(1, Math.ceil(waitMs)));
  };
  const serveSlices = (nowMs: number): number => {
    for (;;) {
      const slice = nextSlice(queue, nowMs);
      if ("waitMs" in slice) return slice.waitMs;
      add(granted.requests, slice.requests, nowMs);
      add(granted.tokens, slice.tokens, nowMs);
      answerTo(slice.replica, { requests: slice.requests, tokens: slice.tokens });
    }
  };
  const refused = (kind: "requests" | "tokens", nowMs: number) => {
    const limit = kind === "requests" ? limits.requestsPerMinute : limits.tokensPerMinute;
    if (typeof limit === "number") lowerShare(paces[kind], perMinute(granted[kind], nowMs) / limit, nowMs);
  };

  return {
    ask: (question) => {
      const nowMs = ports.now();
      const { replica, requests, tokens, largest } = question;
      given.set(replica, { limits: question.given, auto: question.auto, atMs: nowMs });
      fillIn(learnt, question.learnt);
      answerTo(replica, {});
      queueUp(queue, { replica, requests, tokens, largest }, nowMs);
      return new Promise((resolve) => {
        const away = () => {
          sendAway(queue, replica, ports.now());
          answerTo(replica, {});
        };
        waiters.set(replica, { resolve, timer: setTimeout(away, HELD_MS) });
        serve();
      });
    },
    settle: (settlement) => {
      const nowMs = ports.now();
      learn(learnt, settlement.learnt);
      settle(queue, settlement.requests, settlement.tokens);
      add(granted.requests, -settlement.requests - settlement.refusedRequests, nowMs);
      add(granted.tokens, -settlement.tokens - settlement.refusedTokens, nowMs);
      if (settlement.refusedRequests > 0) {
        if (settlement.refusedBy !== "tokens") refused("requests", nowMs);
        if (settlement.refusedBy !== "requests") refused("tokens", nowMs);
      }
      if (settlement.probeEnded) {
        // An answer without these headers says that no further one will show how tokens are charged.
        const hopeless = settlement.learnt.probed && settlement.learnt.tokensPerMinute === null;
        probes = hopeless ? CHARGING_PROBES : probes + 1;
        if (probing?.replica === settlement.replica) probing = undefined;
      }
      serve();
    },
    stop: (untilMs) => {
      stopUntilMs = Math.max(stopUntilMs, untilMs);
    },
    limits: () => limits,
    used: () => ({
      requests: perMinute(granted.requests, ports.now()),
      tokens: perMinute(granted.tokens, ports.now()),
    }),
    close: () => {
      for (const replica of [...waiters.keys()]) answerTo(replica, {});
      clearTimeout(timer);
      closed = true;
    },
  };
}
