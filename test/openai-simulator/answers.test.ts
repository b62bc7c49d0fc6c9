import fc from "fast-check";
import { expect, test } from "vitest";
import { answerFor, answersOf } from "../../services/openai-simulator/chat/answers.ts";
import { tokenizerOf } from "../../services/openai-simulator/chat/tokenizer.ts";
import { SENTENCE } from "../../services/openai-simulator/chat/words.ts";
import { parseDistribution } from "../../services/openai-simulator/distribution.ts";
import { chatBody } from "./chat-bodies.ts";

const o200k = tokenizerOf("o200k");
const bytes = tokenizerOf("bytes");
const options = { mode: "sentence" as const, length: parseDistribution("40", "tokens"), tokenizer: o200k };

test("every word of an answer is one token, and every place has sixteen different words", () => {
  for (const place of SENTENCE) {
    expect(new Set(place).size).toBe(16);
    for (const word of place) expect([word, o200k.count(word)]).toEqual([word, word.endsWith(".") ? 2 : 1]);
  }
});

test("an answer names its instruction, says that it is simulated, and is the same every time", () => {
  const prompt = "Below is an instruction.\n\n### Instruction:\nName three primary colours.\n\n### Response:";
  const answer = answerFor(chatBody(prompt), 0, options);
  expect(answer).toMatch(/^\[simulated [0-9a-f]{8}\] On "Name three primary colours\.": [A-Z].*\.$/);
  expect(answerFor(chatBody(prompt, { seed: 7, temperature: 0.2 }), 0, options)).toBe(answer);
  expect(answerFor(chatBody(prompt), 1, options)).not.toBe(answer);
  expect(answerFor(chatBody(`${prompt} `), 0, options)).not.toBe(answer);
  expect(answerFor(chatBody(prompt, { model: "gpt-4o" }), 0, options)).not.toBe(answer);
});

test("different rows get different answers", () => {
  const answers = Array.from({ length: 5000 }, (_, row) => answerFor(chatBody(`row ${row}`), 0));
  expect(new Set(answers).size).toBe(5000);
});

test("the tokens of an answer are those of its text, whatever the text of the user", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.constantFrom(o200k, bytes),
      (text, tokenizer) => {
        for (const answer of answersOf(chatBody(text, { n: 2 }), { ...options, tokenizer })) {
          expect(answer.tokens).toBe(tokenizer.count(answer.text));
          expect(answer.finishReason).toBe("stop");
        }
      },
    ),
  );
});

test("lengths follow the distribution to within a few tokens", () => {
  for (const words of [8, 30, 200]) {
    const length = parseDistribution(String(words), "tokens");
    const [answer] = answersOf(chatBody("Say something."), { ...options, length });
    expect(Math.abs(answer!.tokens - words * 1.1)).toBeLessThanOrEqual(20);
  }
});

test("max_tokens and max_completion_tokens cut, and say so", () => {
  for (const tokenizer of [o200k, bytes]) {
    const [whole] = answersOf(chatBody("Say something."), { ...options, tokenizer });
    for (const name of ["max_tokens", "max_completion_tokens"]) {
      const body = chatBody("Say something.", { [name]: 12 });
      const [cut] = answersOf(body, { ...options, tokenizer });
      expect(cut).toMatchObject({ tokens: 12, finishReason: "length" });
      expect(tokenizer.count(cut!.text)).toBe(12);
      expect(whole!.text.startsWith(cut!.text)).toBe(true);
    }
  }
});

test("an answer ends before the first stop sequence", () => {
  const whole = answerFor(chatBody("Say something."), 0, options);
  const [, , third = "", fourth = ""] = whole.split(": ")[1]!.split(" ");
  const stopped = answerFor(chatBody("Say something.", { stop: [fourth, third] }), 0, options);
  expect(stopped).toBe(whole.slice(0, whole.indexOf(third)));
});

test("an echo holds the user's text exactly", () => {
  const text = "Zeile 1\n\tsnow ☃ 𝄞 <|endoftext|> \u0000";
  expect(answerFor(chatBody(text), 2, { mode: "echo" })).toBe(`[simulated echo 2] ${text}`);
});
