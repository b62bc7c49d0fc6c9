import type {
  BudgetAnswer,
  BudgetQuestion,
  LearntLimits,
  Settlement,
} from "../../../shared/contracts/route-budget.ts";
import { firstPresent, leavePlace, nextSlice, queueUp, sendAway } from "./budget-queue.ts";
import { type HeldQuestions, openHeldQuestions } from "./held-questions.ts";
import {
  countGranted,
  hearGiven,
  isAuto,
  type OwnerState,
  ownerState,
  refresh,
  settleGranted,
  usedLately,
} from "./owner-state.ts";
import { needsProbe, probeStarted, probeWaitMs } from "./probing.ts";
import { fillIn, type RouteLimits } from "./route-limits.ts";

/**
 * What the holder of a route's lease does; another one begins anew, with empty buckets. It answers questions as soon as
 * it may:
 *
 * | while                          | a question                                                     |
 * |--------------------------------|----------------------------------------------------------------|
 * | another one may hold the lease | waits                                                          |
 * | the route cools down           | waits until that is over                                       |
 * | limits are not known           | is granted one call that runs alone, one question at a time (probing.ts) |
 * | none of these                  | is granted a slice as soon as the buckets have it (budget-queue.ts) |
 */
export interface BudgetOwner {
  ask(question: BudgetQuestion): Promise<BudgetAnswer>;
  settle(settlement: Settlement): void;
  /** The provider wants the route to cool down. */
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

/** How long granted budget may be kept. */
const VALID_MS = 500;
const NO_LEASE_MS = 100;

export function openBudgetOwner(ports: OwnerPorts): BudgetOwner {
  const { now, learnt } = ports;
  const state = ownerState(learnt, now());
  const questions = openHeldQuestions(() => nothingOf(state, now()));
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const serve = () => {
    if (closed) return;
    clearTimeout(timer);
    const nowMs = now();
    if (refresh(state, nowMs)) ports.changed(state.limits);
    const waitMs = ports.mayGrant() ? grant(state, questions, nowMs) : NO_LEASE_MS;
    if (waitMs < Number.POSITIVE_INFINITY) timer = setTimeout(serve, Math.max(1, Math.ceil(waitMs)));
  };
  return {
    ask: (question) => {
      const { replica, requests, tokens, largest } = question;
      hearGiven(state, question, now());
      fillIn(learnt, question.learnt);
      const answer = questions.hold(replica, () => sendAway(state.queue, replica, now()));
      queueUp(state.queue, { replica, requests, tokens, largest }, now());
      serve();
      return answer;
    },
    settle: (settlement) => {
      settleGranted(state, settlement, now());
      serve();
    },
    stop: (untilMs) => {
      state.stopUntilMs = Math.max(state.stopUntilMs, untilMs);
    },
    limits: () => state.limits,
    used: () => usedLately(state, now()),
    close: () => {
      questions.close();
      clearTimeout(timer);
      closed = true;
    },
  };
}

/** Grants what can be granted now. @returns milliseconds until there may be more; Infinity: nobody waits */
function grant(state: OwnerState, questions: HeldQuestions, nowMs: number): number {
  if (nowMs < state.stopUntilMs) return state.stopUntilMs - nowMs;
  const probing = needsProbe(state.limits, state.learnt, isAuto(state), state.probing);
  return probing ? grantProbe(state, questions, nowMs) : grantSlices(state, questions, nowMs);
}

function grantProbe(state: OwnerState, questions: HeldQuestions, nowMs: number): number {
  const waitMs = probeWaitMs(state.probing, nowMs);
  if (waitMs > 0) return waitMs;
  const first = firstPresent(state.queue);
  if (first === undefined) return Number.POSITIVE_INFINITY;
  leavePlace(state.queue, first);
  const patienceMs = probeStarted(state.probing, first.replica, nowMs);
  questions.answer(first.replica, { requests: 1, tokens: first.largest, probe: true });
  return patienceMs;
}

function grantSlices(state: OwnerState, questions: HeldQuestions, nowMs: number): number {
  for (;;) {
    const slice = nextSlice(state.queue, nowMs);
    if ("waitMs" in slice) return slice.waitMs;
    const { replica, requests, tokens } = slice;
    countGranted(state, requests, tokens, nowMs);
    questions.answer(replica, { requests, tokens });
  }
}

function nothingOf({ stopUntilMs, learnt }: OwnerState, nowMs: number): BudgetAnswer {
  const stopMs = Math.max(0, stopUntilMs - nowMs);
  return { requests: 0, tokens: 0, validMs: VALID_MS, stopMs, probe: false, learnt: { ...learnt } };
}
