import fc from "fast-check";
import { expect, test } from "vitest";
import { IdSet } from "../../tools/batch-watch/lines/id-set.ts";

const id = fc.oneof(
  fc.nat(300).map(String),
  fc.constantFrom(
    "",
    "01",
    "-1",
    "1e2",
    "ü",
    "row 7",
    "67108863",
    "67108864",
    "999999999999999",
    "4294967296",
  ),
);

test("holds what was added and nothing else, in whatever order, and however often it is trimmed", () => {
  fc.assert(
    fc.property(fc.array(fc.array(id, { maxLength: 40 }), { maxLength: 4 }), fc.array(id), (added, asked) => {
      const ids = new IdSet();
      for (const some of added) {
        for (const one of some) ids.add(one);
        ids.trim();
        for (const one of some) expect(ids.has(one)).toBe(true);
      }
      for (const one of asked) expect(ids.has(one)).toBe(added.flat().includes(one));
    }),
  );
});

test("many row numbers, backwards", () => {
  const ids = new IdSet();
  for (let row = 10_000; row > 0; row -= 2) ids.add(String(row));
  expect([2, 5_000, 10_000].every((row) => ids.has(String(row)))).toBe(true);
  expect([0, 1, 4_999, 10_002].some((row) => ids.has(String(row)))).toBe(false);
});
