import { expect, test } from "vitest";
import { TokenGate } from "../../tools/batch-watch/sending/token-gate.ts";

test("it is open until a batch is refused", () => {
  expect(new TokenGate(100, 1000).mayCreate(0, 50)).toBe(true);
});

test("after a refusal one batch at a time is tried, and each refusal makes the wait longer", () => {
  const gate = new TokenGate(100, 300);
  gate.refused(0);
  expect([gate.mayCreate(99, 0), gate.mayCreate(100, 0), gate.mayCreate(100, 1)]).toEqual([
    false,
    true,
    false,
  ]);
  gate.refused(100);
  expect([gate.mayCreate(299, 0), gate.mayCreate(300, 0)]).toEqual([false, true]);
  gate.refused(300);
  expect([gate.mayCreate(599, 0), gate.mayCreate(600, 0)]).toEqual([false, true]);
});

test("a batch that ends makes room for one, a batch that is taken in for all", () => {
  const gate = new TokenGate(100, 1000);
  gate.refused(0);
  gate.roomMade();
  expect([gate.mayCreate(1, 0), gate.mayCreate(1, 1)]).toEqual([true, false]);
  gate.accepted();
  expect(gate.mayCreate(1, 9)).toBe(true);
});
