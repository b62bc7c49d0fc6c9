import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { customIdIn } from "../../tools/batch-watch/lines/custom-id.ts";

test("is that of the line, wherever it stands in it", () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), fc.jsonValue(), (id, isFirst, body) => {
      const line = isFirst ? { custom_id: id, body } : { body, custom_id: id };
      expect(customIdIn(Buffer.from(JSON.stringify(line)))).toBe(
        id.toWellFormed() === id ? id : expect.any(String),
      );
    }),
  );
  for (const line of ["", "[]", "{", '{"custom_id": 7}', '{"body": {}}', "null"])
    expect(customIdIn(Buffer.from(line))).toBeUndefined();
});

test("keeps nothing else of the line in memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const [lines, bytes] = [5_000, 10_000];
  const ids = Array.from({ length: lines }, (_, number) => {
    const line = { custom_id: `a-prompt-of-some-length-${number}`, body: "x".repeat(bytes) };
    return customIdIn(Buffer.from(JSON.stringify(line)));
  });
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan((lines * bytes) / 10);
  expect(new Set(ids).size).toBe(lines);
});
