import fc from "fast-check";
import { expect, test } from "vitest";
import { messagesOf, messagesTextOf } from "../../shared/datasets/preparing/prepared-row.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", '","user_prompt":"', "\\", '\\"', '"messages":'),
);
const plain = fc.record({ system_prompt: text, user_prompt: text, annotation_original: fc.jsonValue() });
const chat = fc.record({
  system_prompt: text,
  user_prompt: text,
  annotation_original: fc.oneof(text, fc.constant(null)),
  messages: fc.array(fc.record({ role: fc.constantFrom("system", "user", "assistant"), content: text })),
});

test("what is cut out of a stored line is what parsing it gives, whatever its texts hold", () => {
  fc.assert(
    fc.property(fc.oneof(plain, chat), (row) => {
      expect(messagesTextOf(JSON.stringify(row))).toBe(JSON.stringify(messagesOf(row)));
    }),
    { numRuns: 2000 },
  );
});

test("numbers in messages go out as they were written, and a row that cannot be asked says why", () => {
  const content = '[{"role":"user","content":[{"price":1.10}]}]';
  const line = `{"system_prompt":"","user_prompt":"","annotation_original":null,"messages":${content}}`;
  expect(messagesTextOf(line)).toBe(content);
  const bad = { bad: { reason: "no_instruction", message: "no instruction" } };
  expect(messagesTextOf(JSON.stringify(bad))).toEqual(bad);
});
