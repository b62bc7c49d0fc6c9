import fc from "fast-check";
import { expect, test } from "vitest";
import { ResultsLedger } from "../../services/coordinator/collecting/results-ledger.ts";

const ROWS = 8;
const Outcome = fc.record({ row: fc.nat(ROWS + 2), ok: fc.boolean() });

test("whatever the order of arrival, success stands, and supersedes failure", () => {
  fc.assert(
    fc.property(fc.array(Outcome), (outcomes) => {
      const ledger = new ResultsLedger(ROWS);
      const model = new Map<number, boolean>();
      for (const { row, ok } of outcomes) {
        const counts = row < ROWS && model.get(row) !== true && (ok || model.get(row) === undefined);
        expect(ledger.enter(row, ok)).toBe(counts);
        if (counts) model.set(row, ok);
      }
      for (let row = 0; row < ROWS; row += 1) {
        expect(ledger.done.has(row)).toBe(model.get(row) === true);
        expect(ledger.failed.has(row)).toBe(model.get(row) === false);
        expect(ledger.settled(row)).toBe(model.has(row));
      }
      expect(ledger.complete).toBe(model.size === ROWS);
    }),
  );
});

test("a job without rows is complete", () => {
  expect(new ResultsLedger(0).complete).toBe(true);
});
