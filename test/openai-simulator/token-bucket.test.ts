import fc from "fast-check";
import { expect, test } from "vitest";
import {
  charge,
  createBucket,
  fullAfter,
  waitFor,
} from "../../services/openai-simulator/limits/token-bucket.ts";

const perMinute = fc.integer({ min: 1, max: 10_000_000 });
const burstSeconds = fc.constantFrom(0.1, 1, 5, 60);
const steps = fc.array(
  fc.record({
    afterMs: fc.double({ min: 0, max: 3000, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 200 },
);

test("over any span, no more passes than the refill of the span plus the capacity", () => {
  fc.assert(
    fc.property(perMinute, burstSeconds, steps, (rate, burst, arrivals) => {
      const bucket = createBucket(rate, burst, 0);
      const passed: { atMs: number; cost: number }[] = [];
      let nowMs = 0;
      for (const { afterMs, share } of arrivals) {
        nowMs += afterMs;
        const cost = share * bucket.capacity;
        if (waitFor(bucket, cost, nowMs) > 0) continue;
        charge(bucket, cost);
        passed.push({ atMs: nowMs, cost });
      }
      for (let from = 0; from < passed.length; from++) {
        let sum = 0;
        for (let to = from; to < passed.length; to++) {
          sum += passed[to]!.cost;
          const spanMs = passed[to]!.atMs - passed[from]!.atMs;
          const allowed = bucket.capacity + (spanMs * rate) / 60_000;
          expect(sum).toBeLessThanOrEqual(allowed * (1 + 1e-9) + 1e-3);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("the wait that is named is enough, and what is refused costs nothing", () => {
  fc.assert(
    fc.property(
      perMinute,
      burstSeconds,
      fc.array(fc.double({ min: 0, max: 3, noNaN: true })),
      (rate, burst, shares) => {
        const bucket = createBucket(rate, burst, 0);
        let nowMs = 0;
        for (const share of shares) {
          const cost = share * bucket.capacity;
          const waitMs = waitFor(bucket, cost, nowMs);
          if (waitMs > 0) {
            const before = bucket.level;
            expect(waitFor(bucket, cost, nowMs)).toBe(waitMs);
            expect(bucket.level).toBe(before);
          }
          nowMs += waitMs;
          expect(waitFor(bucket, cost, nowMs)).toBe(0);
          charge(bucket, cost);
        }
      },
    ),
  );
});

test("a cost above the capacity passes from a full bucket only, and is paid back before anything else passes", () => {
  const bucket = createBucket(6000, 1, 0);
  expect(bucket.capacity).toBe(100);
  expect(waitFor(bucket, 300, 0)).toBe(0);
  charge(bucket, 300);
  expect(waitFor(bucket, 1, 0)).toBeCloseTo(2010);
  expect(waitFor(bucket, 1, 2010)).toBe(0);
  expect(fullAfter(bucket)).toBeCloseTo(990);
});

test("a clock that steps back refills nothing", () => {
  const bucket = createBucket(60, 1, 1000);
  charge(bucket, 1);
  expect(waitFor(bucket, 1, 0)).toBe(1000);
  expect(waitFor(bucket, 1, 1500)).toBe(500);
});
