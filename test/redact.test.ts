import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "../shared/words/redact.ts";

describe("redact", () => {
  test.each([
    ["key sk-12345 was refused", ["sk-12345"], "key [redacted] was refused"],
    ["sk-1sk-1", ["sk-1"], "[redacted]"],
    ["abcd", ["abc", "bcd"], "[redacted]"],
    ["nothing here", ["sk-1"], "nothing here"],
    ["a b", ["", " "], "a b"],
    ['{"k":"a\\"b"}', ['a"b'], '{"k":"[redacted]"}'],
    ["nats://u:p%40ss@h", ["p@ss"], "nats://u:[redacted]@h"],
    ["my redacted secret is red", ["red"], "my ***acted secret is ***"],
  ])("%j without %j is %j", (text, secrets, expected) => {
    expect(redact(text, secrets)).toBe(expected);
  });

  const symbols = fc.string({
    unit: fc.constantFrom("a", "b", "*", "[", "d", "]", "█", " ", "\ud800"),
    maxLength: 6,
  });

  test("no output ever contains a secret", () => {
    fc.assert(
      fc.property(
        fc.array(symbols, { maxLength: 5 }),
        fc.array(symbols, { maxLength: 8 }),
        (secrets, pieces) => {
          const clean = redact(pieces.concat(secrets).join(""), secrets);
          for (const secret of secrets) if (secret.trim() !== "") expect(clean.includes(secret)).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("a text without secrets is unchanged", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, secret) => {
        fc.pre(
          ![secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((form) =>
            text.includes(form),
          ),
        );
        expect(redact(text, [secret])).toBe(text);
      }),
    );
  });
});
