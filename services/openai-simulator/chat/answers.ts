import { hash } from "node:crypto";
import { randomOf } from "../../../shared/random.ts";
import { type Distribution, parseDistribution, sample } from "../distribution.ts";
import { type ChatRequest, lastUserText, maxTokensOf, textOf } from "./chat-request.ts";
import { judgeAnswer } from "./judge-answers.ts";
import { type Tokenizer, tokenizerOf } from "./tokenizer.ts";
import { SENTENCE } from "./words.ts";

/** How answers are made. `length` is in words, each about one token. */
export type AnswerOptions = { mode: AnswerMode; length: Distribution; tokenizer: Tokenizer };

/** `sentence` names the instruction and goes on with seeded words, or judges where that is asked; `echo` repeats the user's text. */
export type AnswerMode = "sentence" | "echo";

export type Answer = { text: string; tokens: number; finishReason: "stop" | "length" };

export const DEFAULT_ANSWER_TOKENS = "lognormal:60,0.5";

const DEFAULTS: AnswerOptions = {
  mode: "sentence",
  length: parseDistribution(DEFAULT_ANSWER_TOKENS, "tokens"),
  tokenizer: tokenizerOf("o200k"),
};

/**
 * The text the simulator gives for a request, so that a test can say what it expects of every row. It follows from
 * model, roles and contents of the messages, choice, and (by cutting) max_tokens and stop; no other field changes it.
 * The tokenizer matters only where max_tokens cuts.
 */
export function answerFor(body: ChatRequest, choiceIndex = 0, options: Partial<AnswerOptions> = {}): string {
  const merged = { ...DEFAULTS, ...options };
  return limited(body, draft(body, digestOf(body), choiceIndex, merged), merged.tokenizer).text;
}

/** All `n` choices of a request. */
export function answersOf(body: ChatRequest, options: AnswerOptions): Answer[] {
  const digest = digestOf(body);
  const answer = (index: number) => limited(body, draft(body, digest, index, options), options.tokenizer);
  return Array.from({ length: body.n ?? 1 }, (_, index) => answer(index));
}

function digestOf(body: ChatRequest): string {
  let text = body.model;
  for (const message of body.messages) text += `\0${message.role}\0${textOf(message)}`;
  return hash("sha256", text, "hex");
}

type Draft = { text: string; tokens: number };

/** An answer before it is cut, with its tokens. */
function draft(body: ChatRequest, digest: string, choiceIndex: number, options: AnswerOptions): Draft {
  const { mode, tokenizer } = options;
  if (mode === "echo") {
    const text = `[simulated echo ${choiceIndex}] ${lastUserText(body)}`;
    return { text, tokens: tokenizer.count(text) };
  }
  const judged = judgeAnswer(body, choiceIndex);
  if (judged !== undefined) return { text: judged, tokens: tokenizer.count(judged) };
  const random = randomOf(digest, choiceIndex + 1);
  const words = Math.max(1, Math.round(sample(options.length, random)));
  const mark = `[simulated ${digest.slice(24, 32)}]`;
  const opening = words < MIN_WORDS_TO_QUOTE ? mark : `${mark} On "${instructionOf(lastUserText(body))}":`;
  const added = Math.max(0, words - opening.split(" ").length);
  const text = opening + sentences(added, random);
  if (!tokenizer.wordIsToken) return { text, tokens: tokenizer.count(text) };
  // Most of a request's work would go into counting words whose number is known.
  return { text, tokens: tokenizer.count(opening) + added + Math.ceil(added / SENTENCE.length) };
}

const MIN_WORDS_TO_QUOTE = 20;
const QUOTED_CHARACTERS = 60;
const HEADING = "### Instruction:";

/** The beginning of the instruction: of what follows an Alpaca prompt's heading, else of the text; one line at most. */
function instructionOf(userText: string): string {
  const heading = userText.indexOf(HEADING);
  const start = heading < 0 ? 0 : heading + HEADING.length;
  const [line = ""] = userText
    .slice(start, start + 4 * QUOTED_CHARACTERS)
    .trimStart()
    .split("\n", 1);
  if (line.length <= QUOTED_CHARACTERS) return line.trimEnd();
  const lastSpace = line.lastIndexOf(" ", QUOTED_CHARACTERS);
  return `${
    lastSpace > 0
      ? line.slice(0, lastSpace)
      : Array.from(line)
          .slice(0, QUOTED_CHARACTERS / 2)
          .join("")
  }...`;
}

const BITS_PER_WORD = 4;
const WORDS_PER_DRAW = 32 / BITS_PER_WORD;

/** `words` words, one random number for eight of them, since each has sixteen choices. */
function sentences(words: number, random: () => number): string {
  let text = "";
  let bits = 0;
  for (let index = 0; index < words; index++) {
    if (index % WORDS_PER_DRAW === 0) bits = random() * 2 ** 32;
    text += SENTENCE[index % SENTENCE.length]![bits & 15]!;
    bits >>>= BITS_PER_WORD;
  }
  return words % SENTENCE.length === 0 ? text : `${text}.`;
}

/** Cuts as generation would end: at max_tokens first, then at the first stop sequence that came before. */
function limited(body: ChatRequest, full: Draft, tokenizer: Tokenizer): Answer {
  const cap = maxTokensOf(body);
  const isCut = full.tokens > cap;
  const text = isCut ? tokenizer.cut(full.text, cap) : full.text;
  const stops = typeof body.stop === "string" ? [body.stop] : (body.stop ?? []);
  const ends = stops.map((stop) => (stop === "" ? -1 : text.indexOf(stop))).filter((end) => end >= 0);
  if (ends.length > 0) {
    const stopped = text.slice(0, Math.min(...ends));
    return { text: stopped, tokens: tokenizer.count(stopped), finishReason: "stop" };
  }
  if (isCut) return { text, tokens: tokenizer.count(text), finishReason: "length" };
  return { text, tokens: full.tokens, finishReason: "stop" };
}
