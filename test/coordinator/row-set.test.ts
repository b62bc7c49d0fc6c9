import fc from "fast-check";
import { expect, test } from "vitest";
import { RowSet } from "../../services/coordinator/collecting/row-set.ts";

const ROWS = 70;
const Step = fc.record({ act: fc.constantFrom("add" as const, "delete" as const), row: fc.nat(ROWS - 1) });

test("it holds what a set of numbers holds, and says what each change changed", () => {
  fc.assert(
    fc.property(fc.array(Step), (steps) => {
      const rows = new RowSet(ROWS);
      const model = new Set<number>();
      for (const { act, row } of steps) {
        const changes = act === "add" ? !model.has(row) : model.has(row);
        expect(rows[act](row)).toBe(changes);
        model[act](row);
        expect(rows.size).toBe(model.size);
      }
      for (let row = 0; row < ROWS + 20; row += 1) expect(rows.has(row)).toBe(model.has(row));
    }),
  );
});
