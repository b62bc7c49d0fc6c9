import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestChecker } from "../../tools/batch-files/request-checker.ts";
import { readResultLine, SOURCE_TYPES } from "../../tools/batch-files/result-line.ts";
import { request, result } from "./folder.ts";

/** Lines of the right shape with any JSON somewhere inside, which is what providers and scripts get wrong. */
const spoilt = <Line extends object>(line: Line) =>
  fc.tuple(fc.constantFrom(...pathsOf(line)), fc.jsonValue()).map(([path, value]) => {
    const copy = structuredClone(line) as Record<string, unknown>;
    let at = copy;
    for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
    at[path.at(-1)!] = value;
    return copy;
  });

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [
    [...path, name],
    ...pathsOf(part, [...path, name]),
  ]);
}

const anyResult = fc.oneof(
  fc.jsonValue(),
  spoilt(result("a", { role: "assistant", content: "x", refusal: null })),
  spoilt({ id: "r", output: [{ type: "message", content: [{ type: "output_text", text: "x" }] }] }),
  fc.tuple(fc.jsonValue(), spoilt({ choices: [{ text: "x" }] }), fc.jsonValue()),
);

test("every line of results gives a text or a reason, whatever it is", () => {
  fc.assert(
    fc.property(anyResult, fc.constantFrom(...SOURCE_TYPES), (line, type) => {
      const read = readResultLine(line, type, 7);
      expect(typeof read.id).toBe("string");
      if ("text" in read) expect(typeof read.text.generated_text).toBe("string");
      else expect(read.fault).toEqual({ reason: expect.any(String), message: expect.any(String) });
    }),
  );
});

test("every line of requests is good or has faults, whatever it is", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), spoilt(request("a")))), (lines) => {
      const checker = new RequestChecker();
      const faults = lines.map((line, index) => checker.check(line, index + 1));
      const good = lines.filter((_, index) => faults[index]!.length === 0);
      expect(new Set(good.map((line) => (line as { custom_id: string }).custom_id)).size).toBe(good.length);
    }),
  );
});
