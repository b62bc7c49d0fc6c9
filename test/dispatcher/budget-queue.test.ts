import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BudgetQueue,
  emptyQueue,
  nextSlice,
  queueUp,
  sendAway,
  setLimits,
  settle,
} from "../../services/dispatcher/budget/budget-queue.ts";

const BURST_MS = 250;
const ask = (replica: string, requests: number, tokens: number, largest = tokens / requests) => ({
  replica,
  requests,
  tokens,
  largest,
});

/** Lets time run until the first who waits is served. */
function serve(
  queue: BudgetQueue,
  nowMs: number,
): { atMs: number; replica: string; requests: number; tokens: number } {
  let atMs = nowMs;
  for (let look = 0; look < 10_000; look++) {
    const slice = nextSlice(queue, atMs);
    if (!("waitMs" in slice)) return { atMs, ...slice };
    atMs += Math.max(slice.waitMs, 0.01);
  }
  throw new Error("nobody is ever served");
}

test("replicas are served in the order in which they came, each with a slice", () => {
  const queue = emptyQueue();
  setLimits(queue, 60_000, null, 0);
  for (const replica of ["a", "b", "c"]) queueUp(queue, ask(replica, 1_000, 0), 0);
  const served = ["a", "b", "c"].reduce<ReturnType<typeof serve>[]>(
    (all) => [...all, serve(queue, all.at(-1)?.atMs ?? 0)],
    [],
  );
  expect(served.map(({ replica }) => replica)).toEqual(["a", "b", "c"]);
  for (const { requests } of served) expect(requests).toBeLessThanOrEqual(100);
});

test("a call that is larger than any slice gets what it needs", () => {
  const queue = emptyQueue();
  setLimits(queue, null, 60_000, 0);
  queueUp(queue, ask("a", 1, 5_000), 0);
  const { tokens, atMs } = serve(queue, 0);
  expect(tokens).toBe(5_000);
  queueUp(queue, ask("b", 1, 1), atMs);
  expect(serve(queue, atMs).atMs).toBeGreaterThan(4_700);
});

test("both limits are granted in the same proportion", () => {
  const queue = emptyQueue();
  setLimits(queue, 600_000, 60_000, 0);
  queueUp(queue, ask("a", 1_000, 100_000), 0);
  const { requests, tokens } = serve(queue, 0);
  expect(Math.abs(requests - tokens / 100)).toBeLessThanOrEqual(1);
});

test("a replica that was sent away keeps its place for a moment, and holds up nobody", () => {
  const queue = emptyQueue();
  setLimits(queue, 60, null, 0);
  queueUp(queue, ask("a", 1, 0), 0);
  queueUp(queue, ask("b", 1, 0), 0);
  sendAway(queue, "a", 990);
  expect(serve(queue, 1_000).replica).toBe("b");
  queueUp(queue, ask("b", 1, 0), 1_001);
  queueUp(queue, ask("a", 1, 0), 1_002);
  expect(serve(queue, 1_100).replica).toBe("a");
});

test("whatever replicas ask for and return, no more is granted than the limits and one burst allow", () => {
  const event = fc.record({
    replica: fc.constantFrom("a", "b", "c", "d"),
    afterMs: fc.double({ min: 0, max: 300, noNaN: true }),
    requests: fc.integer({ min: 1, max: 500 }),
    each: fc.integer({ min: 1, max: 4_000 }),
    back: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const limits = fc.record({
    rpm: fc.integer({ min: 60, max: 100_000 }),
    tpm: fc.integer({ min: 1_000, max: 10_000_000 }),
  });
  fc.assert(
    fc.property(limits, fc.array(event, { minLength: 1, maxLength: 60 }), ({ rpm, tpm }, events) => {
      const queue = emptyQueue();
      setLimits(queue, rpm, tpm, 0);
      let now = 0;
      const used = { requests: 0, tokens: 0 };
      for (const { replica, afterMs, requests, each, back } of events) {
        now += afterMs;
        queueUp(queue, ask(replica, requests, requests * each), now);
        for (;;) {
          const slice = nextSlice(queue, now);
          if ("waitMs" in slice) break;
          const returned = { requests: Math.floor(slice.requests * back), tokens: slice.tokens * back };
          settle(queue, returned.requests, returned.tokens);
          used.requests += slice.requests - returned.requests;
          used.tokens += slice.tokens - returned.tokens;
        }
        const capacity = (perMinute: number) => Math.max(1, (perMinute / 60_000) * BURST_MS);
        expect(used.requests).toBeLessThanOrEqual((now * rpm) / 60_000 + capacity(rpm) + 2);
        expect(used.tokens).toBeLessThanOrEqual((now * tpm) / 60_000 + capacity(tpm) + 4_000 + 1);
      }
    }),
  );
});

test("as long as somebody waits, nearly all of the limit is handed out", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 20, max: 3_000 }), (replicas, each) => {
      const queue = emptyQueue();
      setLimits(queue, 30_000, 3_000_000, 0);
      const names = Array.from({ length: replicas }, (_, at) => `r${at}`);
      for (const name of names) queueUp(queue, ask(name, 200, 200 * each, each), 0);
      const used = { requests: 0, tokens: 0 };
      let now = 0;
      while (now < 20_000) {
        const slice = nextSlice(queue, now);
        if ("waitMs" in slice) {
          now += Math.ceil(slice.waitMs);
          continue;
        }
        used.requests += slice.requests;
        used.tokens += slice.tokens;
        queueUp(queue, ask(slice.replica, 200, 200 * each, each), now);
      }
      const share = Math.max(used.requests / (now * 0.5), used.tokens / (now * 50));
      expect(share).toBeGreaterThan(0.99);
      expect(share).toBeLessThan(1.02);
    }),
    { numRuns: 40 },
  );
});
