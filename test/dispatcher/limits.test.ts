import fc from "fast-check";
import { expect, test } from "vitest";
import { chargingSeen } from "../../services/dispatcher/budget/charging.ts";
import { noCooldown, refuse, succeeded } from "../../services/dispatcher/budget/cooldown.ts";
import { fullShare, lowerShare, raiseShare } from "../../services/dispatcher/budget/limit-share.ts";
import { add, emptySum, perMinute } from "../../services/dispatcher/budget/rolling-sum.ts";
import { effectiveLimits, nothingLearnt, tightest } from "../../services/dispatcher/budget/route-limits.ts";
import { backoffMs } from "../../services/dispatcher/calling/backoff.ts";
import { answered, faulted, isDown, noOutage } from "../../services/dispatcher/calling/outage.ts";
import { goDuration } from "../../services/openai-simulator/limits/go-duration.ts";
import { durationMs, readLimitHeaders } from "../../shared/providers/limit-headers.ts";
import { retryAfterMs } from "../../shared/retry-after.ts";

const given = (
  requestsPerMinute: number | "unlimited" | null,
  tokensPerMinute: number | "unlimited" | null,
) => ({
  requestsPerMinute,
  tokensPerMinute,
});

test("of several jobs the tightest given number counts; unlimited only where all say so", () => {
  expect(tightest([given(100, "unlimited"), given(50, null), given(null, "unlimited")])).toEqual(
    given(50, null),
  );
  expect(tightest([given("unlimited", "unlimited"), given("unlimited", 7)])).toEqual(given("unlimited", 7));
  expect(tightest([])).toEqual(given(null, null));
});

test("a given limit above the provider's is lowered to it; without either the defaults hold after a probe", () => {
  const learnt = { ...nothingLearnt(), requestsPerMinute: 500, probed: true };
  expect(effectiveLimits(given(600, 1_000), learnt)).toEqual(given(500, 1_000));
  expect(effectiveLimits(given(400, null), learnt)).toEqual(given(400, 6_250_000));
  expect(effectiveLimits(given(null, null), nothingLearnt())).toEqual({
    requestsPerMinute: "unknown",
    tokensPerMinute: "unknown",
  });
  expect(effectiveLimits(given("unlimited", "unlimited"), learnt)).toEqual(given("unlimited", "unlimited"));
});

test.each([
  [undefined, undefined, null],
  ["120", "1", 120],
  [undefined, "2", 2_000],
  [undefined, "1.5", 1_500],
  ["x", "Thu, 01 Jan 1970 00:00:05 GMT", 4_000],
  [undefined, "999999", 3_600_000],
  [undefined, "soon", null],
])("Retry-After: ms %s, seconds %s is %s", (ms, seconds, expected) => {
  expect(retryAfterMs(ms, seconds, 1_000)).toBe(expected);
});

test("durations as the provider writes them are read back", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10_000_000 }), (ms) => durationMs(goDuration(ms)) === ms));
  expect(durationMs("1h0m1.5s")).toBe(3_601_500);
  expect(durationMs("soon")).toBeUndefined();
});

test("a limit header of zero is no limit", () => {
  expect(
    readLimitHeaders((name) => (name.endsWith("limit-requests") ? "0" : undefined)).requestsPerMinute,
  ).toBeUndefined();
});

test("how a lone call was charged is read from what it left in the bucket", () => {
  const headers = {
    requestsPerMinute: undefined,
    tokensPerMinute: 3_000_000,
    remainingTokens: undefined,
    resetTokensMs: undefined,
  };
  const call = { usedTokens: 160, mostTokens: 2_148 };
  expect(chargingSeen(call, { ...headers, resetTokensMs: 4 })).toBe("usage");
  expect(chargingSeen(call, { ...headers, resetTokensMs: 43 })).toBe("max_tokens");
  expect(chargingSeen(call, { ...headers, remainingTokens: 3_000_000 - 2_150 })).toBe("max_tokens");
  expect(chargingSeen(call, { ...headers, remainingTokens: 1_000_000 })).toBeNull();
  expect(chargingSeen({ usedTokens: 160, mostTokens: 200 }, { ...headers, resetTokensMs: 4 })).toBeNull();
});

test("the back-off doubles, is drawn from its upper half, and ends at half a minute", () => {
  expect([backoffMs(1, 0), backoffMs(1, 1), backoffMs(2, 1), backoffMs(3, 0)]).toEqual([
    250, 500, 1_000, 1_000,
  ]);
  expect(backoffMs(50, 1)).toBe(30_000);
});

test("a wave of refusals that name no time doubles the rest once, and a success starts it anew", () => {
  const rest = noCooldown();
  expect(refuse(rest, null, 0, 0)).toBe(1_000);
  expect(refuse(rest, null, 10, 0)).toBe(1_000);
  expect(refuse(rest, null, 2_000, 0)).toBe(2_000);
  succeeded(rest);
  expect(refuse(rest, null, 9_000, 0)).toBe(1_000);
  expect(refuse(rest, 5_000, 9_000, 0)).toBe(5_000);
});

test("many faults in a row without an answer are an outage, which the first answer ends", () => {
  const outage = noOutage();
  for (let fault = 0; fault < 30; fault++) expect(faulted(outage, fault)).toBe(0);
  expect([faulted(outage, 3_000), faulted(outage, 5_000), isDown(outage)]).toEqual([1_000, 2_000, true]);
  answered(outage);
  expect([isDown(outage), faulted(outage, 9_000)]).toEqual([false, 0]);
});

test("a refusal lowers the share towards what was accepted, and a wave of them counts once", () => {
  const share = fullShare(0);
  lowerShare(share, 0.667, 1_000);
  expect(share.share).toBeCloseTo(0.8);
  lowerShare(share, 0.667, 1_500);
  expect(share.share).toBeGreaterThan(0.8);
  lowerShare(share, 0.7, 2_500);
  expect(share.share).toBeCloseTo(0.7 * 0.98);
});

test("the share returns soon to just below where it was refused, and creeps from there", () => {
  const share = fullShare(0);
  lowerShare(share, 0.1, 1_000);
  raiseShare(share, 8_500);
  expect(share.share).toBeCloseTo(0.95);
  raiseShare(share, 18_500);
  expect(share.share).toBeCloseTo(0.98);
  raiseShare(share, 600_000);
  expect(share.share).toBe(1);
});

test("the share stays between what was accepted and the limit, whatever is refused when", () => {
  const events = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      accepted: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(events, (refusals) => {
      const share = fullShare(0);
      let now = 0;
      for (const { afterMs, accepted } of refusals) {
        now += afterMs;
        const before = share.share;
        lowerShare(share, accepted, now);
        expect(share.share).toBeGreaterThanOrEqual(Math.min(before, before * 0.8));
        expect(share.share).toBeLessThanOrEqual(1);
        expect(share.share).toBeGreaterThan(0);
      }
    }),
  );
});

test("a sum over the last seconds forgets what is older", () => {
  const sum = emptySum(0);
  for (let now = 0; now < 20_000; now += 10) add(sum, 1, now);
  expect(perMinute(sum, 20_000)).toBeGreaterThan(5_700);
  expect(perMinute(sum, 20_000)).toBeLessThan(6_300);
  expect(perMinute(sum, 40_000)).toBe(0);
});
