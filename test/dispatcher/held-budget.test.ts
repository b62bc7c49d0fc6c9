import { expect, test } from "vitest";
import {
  accept,
  type HeldBudget,
  isEmpty,
  lacking,
  lacks,
  nothingHeld,
  spend,
} from "../../services/dispatcher/budget/held-budget.ts";
import {
  needsProbe,
  nothingProbed,
  probeEnded,
  probeStarted,
  probeWaitMs,
} from "../../services/dispatcher/budget/probing.ts";
import { nothingLearnt } from "../../services/dispatcher/budget/route-limits.ts";

const held = (requests: number, tokens: number, more: Partial<HeldBudget> = {}): HeldBudget => ({
  ...nothingHeld(),
  requests,
  tokens,
  validUntilMs: 500,
  ...more,
});

test.each([
  [held(1, 100), 100, 0, "spent"],
  [held(1, 99), 100, 0, "short"],
  [held(0, 100), 100, 0, "short"],
  [held(1, 100), 100, 501, "short"],
  [held(1, 0, { probe: true }), 100, 0, "probe"],
  [held(1, 0, { probe: true }), 100, 501, "short"],
])("of %o, a call of %i tokens at %i ms is %s", (budget, tokens, nowMs, expected) => {
  expect(spend(budget, tokens, nowMs)).toBe(expected);
});

test("what is spent is gone, and a probe is for one call", () => {
  const budget = held(2, 150);
  expect([spend(budget, 100, 0), budget.requests, budget.tokens]).toEqual(["spent", 1, 50]);
  const probe = held(1, 10, { probe: true });
  expect([spend(probe, 100, 0), isEmpty(probe)]).toEqual(["probe", true]);
});

test.each([
  [held(0, 0), { calls: 0, tokens: 0, next: 0 }, false],
  [held(0, 0), { calls: 1, tokens: 0, next: 0 }, true],
  [held(1, 10), { calls: 1, tokens: 20, next: 20 }, true],
  [held(5, 100), { calls: 10, tokens: 200, next: 20 }, false],
  [held(4, 100), { calls: 10, tokens: 200, next: 20 }, true],
  [held(5, 99), { calls: 10, tokens: 200, next: 20 }, true],
  [held(1, 0, { probe: true }), { calls: 10, tokens: 200, next: 20 }, false],
])("%o, where %o is wanted: more is asked for: %s", (budget, demand, expected) => {
  expect(lacks(budget, demand)).toBe(expected);
});

test("only what lacks is asked for, and the next call's tokens stand alone", () => {
  expect(lacking(held(4, 100), { calls: 10, tokens: 200, next: 150 })).toEqual({
    requests: 6,
    tokens: 100,
    largest: 50,
  });
  const budget = nothingHeld();
  const grant = { requests: 3, tokens: 40, validMs: 500, stopMs: 0, probe: false, learnt: nothingLearnt() };
  accept(budget, grant, 100);
  expect(budget).toEqual({ requests: 3, tokens: 40, validUntilMs: 600, probe: false });
});

const limits = (requestsPerMinute: number | "unknown", tokensPerMinute: number | "unlimited") => ({
  requestsPerMinute,
  tokensPerMinute,
});
const charged = (charging: "usage" | null) => ({ ...nothingLearnt(), charging });

test.each([
  [limits("unknown", 100), charged("usage"), false, 9, true],
  [limits(100, "unlimited"), charged(null), true, 0, false],
  [limits(100, 100), charged(null), true, 0, true],
  [limits(100, 100), charged(null), false, 0, false],
  [limits(100, 100), charged("usage"), true, 0, false],
  [limits(100, 100), charged(null), true, 3, false],
])("%o, %o, found out for a job: %s, after %i probes: one more is needed: %s", (...line) => {
  const [known, learnt, auto, ended, expected] = line;
  expect(needsProbe(known, learnt, auto, { open: undefined, ended })).toBe(expected);
});

test("a probe runs alone until it ends or takes too long; without token headers it is the last", () => {
  const probing = nothingProbed();
  expect(probeWaitMs(probing, 0)).toBe(0);
  const patienceMs = probeStarted(probing, "a", 1_000);
  expect([probeWaitMs(probing, 1_001), probeWaitMs(probing, 1_000 + patienceMs)]).toEqual([
    patienceMs - 1,
    0,
  ]);
  const settlement = {
    replica: "a",
    requests: 0,
    tokens: 0,
    refusedRequests: 0,
    refusedTokens: 0,
    ended: { calls: 0, reserved: 0, used: 0 },
    refusedBy: null,
    probeEnded: true,
    learnt: { ...nothingLearnt(), probed: true, tokensPerMinute: 100 },
  };
  probeEnded(probing, settlement);
  expect([probing.ended, probing.open]).toEqual([1, undefined]);
  probeEnded(probing, { ...settlement, learnt: { ...nothingLearnt(), probed: true } });
  expect(needsProbe(limits(100, 100), charged(null), true, probing)).toBe(false);
});
