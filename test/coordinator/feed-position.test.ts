import fc from "fast-check";
import { expect, test } from "vitest";
import { type FeedPosition, positionAfter } from "../../services/coordinator/feeding/feed-position.ts";
import type { FeedPlan } from "../../shared/contracts/job-progress.ts";

const ROWS = 60;

/** One life of a feeder: how long its chunks are, how many a plan has, and after how many publishes it dies. */
const Life = fc.record({
  chunkRows: fc.integer({ min: 1, max: 9 }),
  planChunks: fc.integer({ min: 1, max: 5 }),
  publishes: fc.nat(12),
  /** It dies with the next plan stored and nothing of it published, or before storing it. */
  plansOnce: fc.boolean(),
});

test("wherever feeders die, the chunks in the stream hold each row exactly once, in order", () => {
  fc.assert(
    fc.property(fc.array(Life, { maxLength: 8 }), (lives) => {
      const stream: number[][] = [];
      let plan: FeedPlan = { seq: 0, from: 0, ends: [], singles: [] };
      const last = { chunkRows: 7, planChunks: 3, publishes: ROWS, plansOnce: true };
      for (const { chunkRows, planChunks, publishes, plansOnce } of [...lives, last]) {
        let left = publishes;
        for (;;) {
          const position = positionAfter(plan, stream.length);
          if (position.row >= ROWS || (left === 0 && !plansOnce)) break;
          plan = planned(position, stream.length, chunkRows, planChunks);
          if (left === 0) break;
          let from = plan.from;
          for (const end of plan.ends.slice(0, left)) {
            stream.push(Array.from({ length: end - from }, (_, place) => from + place));
            from = end;
            left -= 1;
          }
          if (left === 0) break;
        }
      }
      expect(stream.flat()).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    }),
    { numRuns: 300 },
  );
});

test("rows that are fed alone go on behind those that are published, and the pass stays where it was", () => {
  const plan = { seq: 10, from: 200, ends: [], singles: [5, 9, 13] };
  expect(positionAfter(plan, 10)).toEqual({ row: 200, ends: [], singles: [5, 9, 13] });
  expect(positionAfter(plan, 12)).toEqual({ row: 200, ends: [], singles: [13] });
  expect(positionAfter(plan, 13)).toEqual({ row: 200, ends: [], singles: [] });
});

test("a stream that was made anew is fed from the start", () => {
  const plan = { seq: 10, from: 200, ends: [210, 220], singles: [] };
  expect(positionAfter(plan, 9)).toEqual({ row: 0, ends: [], singles: [] });
});

/** As the feeder plans: what is left of the stored plan first, and unchanged. */
function planned(position: FeedPosition, seq: number, chunkRows: number, planChunks: number): FeedPlan {
  const anew = Array.from({ length: planChunks }, (_, place) => position.row + (place + 1) * chunkRows);
  const ends =
    position.ends.length > 0
      ? position.ends
      : anew.filter((end, place) => end - chunkRows < ROWS || place === 0);
  return { seq, from: position.row, ends: ends.map((end) => Math.min(end, ROWS)), singles: [] };
}
