import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BatchDuration,
  batchDuration,
  bins,
  binWidth,
  labelStep,
  summarize,
} from "../../tools/batch-watch/showing/batch-durations.ts";
import { timeText, unitOf, wholeTicks } from "../../tools/batch-watch/showing/chart-axis.ts";
import { completionChart } from "../../tools/batch-watch/showing/completion-chart.ts";

const state = fc.constantFrom<BatchDuration["state"][]>("completed", "expired", "cancelled", "failed");
const times = fc.array(fc.record({ seconds: fc.nat(400_000), state }), { minLength: 1, maxLength: 80 });

test("each batch stands in one bin, and the curve ends at all of them", () => {
  fc.assert(
    fc.property(times, (list) => {
      const width = binWidth(Math.max(...list.map(({ seconds }) => seconds)));
      const found = bins(list, width);
      expect(found.length).toBeLessThanOrEqual(60);
      expect(found.reduce((sum, bin) => sum + [...bin.values()].reduce((all, one) => all + one, 0), 0)).toBe(
        list.length,
      );
      const step = labelStep(width, found.length);
      expect(step % width).toBe(0);
      expect((found.length * width) / step).toBeLessThanOrEqual(13);
      expect(step % unitOf(step).seconds).toBe(0);
    }),
  );
});

test("it is well-formed, holds no number that is none, and the curve never falls", () => {
  fc.assert(
    fc.property(times, (list) => {
      const svg = completionChart(list);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      const open: string[] = [];
      for (const [, close, name, self] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
        if (close) expect(open.pop()).toBe(name);
        else if (!self) open.push(name!);
      }
      expect(open).toEqual([]);
      const [, path] = /class="curve" d="([^"]*)"/.exec(svg)!;
      const heights = [...path!.matchAll(/V([\d.]+)/g)].map(([, height]) => Number(height));
      expect(heights).toEqual(heights.toSorted((a, b) => b - a));
      expect(heights.at(-1)).toBe(92);
    }),
    { numRuns: 50 },
  );
});

test("quantiles are times that were measured", () => {
  const list = Array.from({ length: 200 }, (_, place) => ({
    seconds: place + 1,
    state: "completed" as const,
  }));
  expect(summarize(list)).toEqual({ batches: 200, medianSeconds: 100, p95Seconds: 190, lastSeconds: 200 });
});

test("a batch's time runs from its creation to how it ended", () => {
  const batch = { id: "b", endpoint: "/v1/chat/completions", input_file_id: "f", created_at: 100 };
  expect(batchDuration({ ...batch, status: "expired", expired_at: 160, completed_at: null })).toEqual({
    seconds: 60,
    state: "expired",
  });
  expect(batchDuration({ ...batch, status: "in_progress" })).toBeUndefined();
});

test("axes are labelled with round numbers", () => {
  expect(wholeTicks(1, 5)).toEqual([0, 1]);
  expect(wholeTicks(7, 5)).toEqual([0, 2, 4, 6, 8]);
  expect(wholeTicks(163, 5)).toEqual([0, 50, 100, 150, 200]);
  expect([53, 299, 7200, 86_399].map(timeText)).toEqual(["53 s", "4:59 min", "2:00 h", "23:59 h"]);
});
