import fc from "fast-check";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { promptTokens } from "../../services/openai-simulator/chat/prompt-tokens.ts";
import { tokenizerOf } from "../../services/openai-simulator/chat/tokenizer.ts";
import { chatBody } from "./chat-bodies.ts";

const tokenizers = [tokenizerOf("o200k"), tokenizerOf("bytes")];

test("a prompt counts 4 a message, the tokens of each value, and 2", () => {
  const messages = [
    { role: "system", content: "Answer briefly." },
    { role: "user", name: "ada", content: "Why is the sky blue? ☃" },
  ];
  const values = ["system", "Answer briefly.", "user", "ada", "Why is the sky blue? ☃"];
  const expected = 2 * 4 + 2 + values.reduce((sum, value) => sum + encode(value).length, 0);
  expect(promptTokens(chatBody("", { messages }), tokenizers[0]!)).toBe(expected);
});

test("a cut is a beginning of the text with at most so many tokens", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  fc.assert(
    fc.property(
      text,
      fc.integer({ min: 0, max: 100 }),
      fc.constantFrom(...tokenizers),
      (whole, limit, tokenizer) => {
        const cut = tokenizer.cut(whole, limit);
        expect(whole.startsWith(cut)).toBe(true);
        expect(tokenizer.cut(whole, tokenizer.count(whole))).toBe(whole);
        expect(tokenizer.count(cut)).toBeLessThanOrEqual(limit);
        expect(cut.isWellFormed()).toBe(true);
      },
    ),
  );
});

test("a megabyte without a space is counted within the time of a test", () => {
  expect(tokenizers[0]!.count("a".repeat(1_000_000))).toBeGreaterThan(100_000);
  expect(tokenizers[0]!.count(" ".repeat(1_000_000))).toBeGreaterThan(0);
});

test("marks that steer a model are plain text in a prompt", () => {
  expect(tokenizers[0]!.count("<|endoftext|>")).toBeGreaterThan(1);
});
