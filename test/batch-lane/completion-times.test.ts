import { describe, expect, test } from "vitest";
import { expectedRemainingMs, fitCompletionTimes } from "../../shared/batch-lane/completion-times.ts";
import { createRandom } from "../../shared/random.ts";

/** Log-normal durations with this median and sigma. */
function drawn(count: number, medianMs: number, sigma: number): number[] {
  const random = createRandom(7, 8, 9);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => medianMs * Math.exp(sigma * normal()));
}

describe("a fit", () => {
  test("to all durations finds what they were drawn from", () => {
    const { mu, sigma } = fitCompletionTimes(drawn(4_000, 53_000, 1.05), [])!;
    expect(Math.exp(mu)).toBeGreaterThan(50_000);
    expect(Math.exp(mu)).toBeLessThan(56_000);
    expect(sigma).toBeCloseTo(1.05, 1);
  });

  test("to those that have ended so far finds nearly the same, since it knows how long the others have waited", () => {
    const all = drawn(4_000, 53_000, 1.05);
    const now = 60_000;
    const ended = all.filter((ms) => ms <= now);
    const { mu, sigma } = fitCompletionTimes(
      ended,
      all.filter((ms) => ms > now).map(() => now),
    )!;
    expect(Math.exp(mu)).toBeGreaterThan(47_000);
    expect(Math.exp(mu)).toBeLessThan(59_000);
    expect(sigma).toBeGreaterThan(0.9);
    expect(sigma).toBeLessThan(1.2);
  });

  test("to a few is none", () => {
    expect(fitCompletionTimes([1, 2, 3, 4], [])).toBeUndefined();
  });
});

test("half of the time the last of 200 has ended by the forecast", () => {
  const times = { mu: Math.log(53_000), sigma: 1.05 };
  const forecast = expectedRemainingMs(
    times,
    Array.from({ length: 200 }, () => 0),
  );
  const lasts = Array.from({ length: 40 }, (_, at) =>
    Math.max(...drawn(8_000, 53_000, 1.05).slice(at * 200, at * 200 + 200)),
  );
  const inTime = lasts.filter((ms) => ms <= forecast).length;
  expect(inTime).toBeGreaterThan(12);
  expect(inTime).toBeLessThan(28);
});

test("who has waited long waits longer", () => {
  const times = { mu: Math.log(53_000), sigma: 1.05 };
  const remaining = [120_000, 600_000, 3_600_000].map((age) => expectedRemainingMs(times, [age]));
  expect(remaining).toEqual(remaining.toSorted((a, b) => a - b));
});
