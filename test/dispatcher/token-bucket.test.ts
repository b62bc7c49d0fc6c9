import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emptyBucket,
  giveBack,
  setRate,
  take,
  waitFor,
} from "../../services/dispatcher/budget/token-bucket.ts";

const BURST_MS = 250;
const amounts = fc.array(
  fc.record({
    afterMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
    amount: fc.double({ min: 0.01, max: 50_000, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

test("a new bucket is empty: the first token takes its time", () => {
  const bucket = emptyBucket(60, BURST_MS, 1_000);
  expect(waitFor(bucket, 1, 1_000)).toBeCloseTo(1_000);
  expect(waitFor(bucket, 1, 2_000)).toBe(0);
});

test("what was taken never exceeds the refill, the capacity, and one amount above it", () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 5_000_000, noNaN: true }), amounts, (perMinute, asks) => {
      const bucket = emptyBucket(perMinute, BURST_MS, 0);
      let now = 0;
      let taken = 0;
      for (const { afterMs, amount } of asks) {
        now += afterMs;
        const waitMs = waitFor(bucket, amount, now);
        now += waitMs;
        // Rounding may leave a grain that the next look finds.
        now += waitFor(bucket, amount, now);
        expect(waitFor(bucket, amount, now)).toBeLessThan(0.01);
        take(bucket, amount);
        taken += amount;
        expect(taken).toBeLessThanOrEqual(
          (now * perMinute) / 60_000 + Math.max(0, amount - bucket.capacity) + 0.01,
        );
      }
    }),
  );
});

test("an amount above the capacity passes a full bucket and is paid for before anything else", () => {
  const bucket = emptyBucket(60_000, BURST_MS, 0);
  expect(waitFor(bucket, 1_000, 0)).toBe(BURST_MS);
  expect(waitFor(bucket, 1_000, BURST_MS)).toBe(0);
  take(bucket, 1_000);
  expect(waitFor(bucket, 1, BURST_MS)).toBeCloseTo(751);
});

test("what is given back can be taken again, up to the capacity", () => {
  const bucket = emptyBucket(60_000, BURST_MS, 0);
  waitFor(bucket, 1, 250);
  take(bucket, 200);
  giveBack(bucket, 150);
  expect(waitFor(bucket, 200, 250)).toBe(0);
  giveBack(bucket, 1_000);
  expect(bucket.level).toBe(bucket.capacity);
});

test("a changed rate holds from then on and leaves what was refilled", () => {
  const bucket = emptyBucket(60_000, BURST_MS, 0);
  setRate(bucket, 6_000, BURST_MS, 20);
  expect(bucket.level).toBeCloseTo(20);
  expect(waitFor(bucket, 25, 20)).toBeCloseTo(50);
});

test("a clock that steps back adds nothing", () => {
  const bucket = emptyBucket(60_000, BURST_MS, 1_000);
  waitFor(bucket, 1, 1_100);
  waitFor(bucket, 1, 500);
  expect(bucket.level).toBeCloseTo(100);
});
