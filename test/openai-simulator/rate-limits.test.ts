import fc from "fast-check";
import { expect, test } from "vitest";
import { goDuration } from "../../services/openai-simulator/limits/go-duration.ts";
import { admit, createLimitState, rateHeaders } from "../../services/openai-simulator/limits/rate-limits.ts";

test("after the wait that is named, both limits let the same request in", () => {
  const limit = fc.integer({ min: 10, max: 1_000_000 });
  const tokenCounts = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 100 });
  fc.assert(
    fc.property(limit, limit, tokenCounts, (requestsPerMinute, tokensPerMinute, requests) => {
      const state = createLimitState({ requestsPerMinute, tokensPerMinute, burstSeconds: 1 }, 0);
      let nowMs = 0;
      for (const tokens of requests) {
        const first = admit(state, tokens, nowMs);
        if (first.admitted) continue;
        if (first.kind === "too_large") {
          expect(tokens).toBeGreaterThan(tokensPerMinute);
          continue;
        }
        nowMs += first.waitMs;
        expect(admit(state, tokens, nowMs)).toEqual({ admitted: true });
      }
    }),
  );
});

test("a request refused by one limit is not charged to the other", () => {
  const state = createLimitState({ requestsPerMinute: 60, tokensPerMinute: 60_000, burstSeconds: 1 }, 0);
  expect(admit(state, 10, 0).admitted).toBe(true);
  expect(admit(state, 10, 0)).toMatchObject({ admitted: false, kind: "requests", waitMs: 1000 });
  expect(state.tokens!.level).toBe(990);
});

test("headers name limit, rest and time to full as the provider writes them", () => {
  const state = createLimitState({ requestsPerMinute: 600, tokensPerMinute: 60_000, burstSeconds: 1 }, 0);
  admit(state, 250, 0);
  expect(rateHeaders(state, 0)).toEqual([
    ...["x-ratelimit-limit-requests", "600", "x-ratelimit-remaining-requests", "9"],
    ...["x-ratelimit-reset-requests", "100ms"],
    ...["x-ratelimit-limit-tokens", "60000", "x-ratelimit-remaining-tokens", "750"],
    ...["x-ratelimit-reset-tokens", "250ms"],
  ]);
});

test("a limit that does not exist refuses nothing and has no headers", () => {
  const state = createLimitState({ requestsPerMinute: 0, tokensPerMinute: 0, burstSeconds: 1 }, 0);
  for (let index = 0; index < 1000; index++) expect(admit(state, 1e9, 0).admitted).toBe(true);
  expect(rateHeaders(state, 0)).toEqual([]);
});

test("durations are written as Go writes them", () => {
  const written = [0, 0.2, 12, 999.5, 1500, 60_000, 61_250, 3_600_000, 5_400_000].map(goDuration);
  expect(written).toEqual(["0s", "1ms", "12ms", "1s", "1.5s", "1m0s", "1m1.25s", "1h0m0s", "1h30m0s"]);
});
