import fc from "fast-check";
import { expect, test } from "vitest";
import { CostGuard } from "../../services/coordinator/feeding/cost-guard.ts";
import { loadTokenizer } from "../../shared/annotators/cost/tokens.ts";
import { someSpec } from "./job-entries.ts";

const tokenizer = await loadTokenizer("estimate");
const { dispatch } = someSpec();

/** Rows come, and each ends with a share of its worst case. */
const Step = fc.oneof(
  fc.record({ start: fc.nat(30), worst: fc.double({ min: 0, max: 2, noNaN: true }) }),
  fc.record({ end: fc.nat(30), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

test("whatever rows cost, up to their worst case, the budget is never passed", () => {
  fc.assert(
    fc.property(fc.array(Step), fc.double({ min: 0.01, max: 5, noNaN: true }), (steps, maxCost) => {
      let spent = 0;
      const guard = guardOf({ maxCost: () => maxCost, spent: () => spent });
      const underWay = new Map<number, number>();
      for (const step of steps) {
        if ("start" in step) {
          if (guard.reserve(step.start, step.worst) && !underWay.has(step.start))
            underWay.set(step.start, step.worst);
        } else {
          spent += (underWay.get(step.end) ?? 0) * step.share;
          underWay.delete(step.end);
          guard.settle(step.end);
        }
        const worst = [...underWay.values()].reduce((sum, one) => sum + one, spent);
        expect(worst).toBeLessThanOrEqual(maxCost * (1 + 1e-9));
        expect(guard.rowsUnderWay).toBe(underWay.size);
      }
    }),
    { numRuns: 300 },
  );
});

test("a row's worst case is its prompt and all its choices at full length", () => {
  const guard = guardOf({ maxCost: () => 1, spent: () => 0 });
  const messages = JSON.stringify([{ role: "user", content: "word ".repeat(100) }]);
  const worst = guard.worstOf(messages);
  const completion = (dispatch.choices * dispatch.maxTokens * 2) / 1e6;
  expect(worst).toBeGreaterThan(completion + 100 / 1e6);
  expect(worst).toBeLessThan(completion + 200 / 1e6);
});

test("a raised budget lets rows start again; what was under way at a restart counts", () => {
  let maxCost = 1;
  const guard = guardOf({ maxCost: () => maxCost, spent: () => 0.5 });
  guard.force(1, 0.4);
  expect(guard.reserve(2, 0.2)).toBe(false);
  expect(guard.reserve(1, 0.4)).toBe(true);
  maxCost = 2;
  expect(guard.reserve(2, 0.2)).toBe(true);
});

function guardOf(amounts: { maxCost: () => number; spent: () => number }): CostGuard {
  return new CostGuard({
    prices: { inputPerMillion: 1, outputPerMillion: 2 },
    dispatch,
    asks: 1,
    tokenizer,
    ...amounts,
  });
}
