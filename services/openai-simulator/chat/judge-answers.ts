import { hash } from "node:crypto";
import { type Random, randomOf } from "../../../shared/random.ts";
import { type ChatRequest, textOf } from "./chat-request.ts";

/**
 * Answers of a simulated judge, recognized by the form that a prompt asks for. A text's worth follows from the text alone,
 * so that ratings and rankings of the same texts agree mostly; a draw by prompt adds doubt, and a liking for what is
 * shown first and for what is long, so that reports of bias have something to show. Asked again in the same chat, it says
 * the same.
 * @returns undefined where the prompt is not a judge's
 */
export function judgeAnswer(body: ChatRequest, choiceIndex: number): string | undefined {
  const prompt = body.messages.find((message) => message.role === "user");
  const text = prompt === undefined ? "" : textOf(prompt);
  const random = () => randomOf(hash("sha256", `${body.model}\0${text}`, "hex"), choiceIndex + 1);
  const asked = FORMS.find(({ mark }) => mark.test(text));
  if (asked !== undefined) return asked.answer(text, random());
  const schema = body.response_format?.json_schema?.schema;
  return schema === undefined ? undefined : JSON.stringify(instanceOf(schema, random()));
}

const BLOCKS = "#### Output for Text";
const SCALE = /a whole number from 1 to ([2-9])\b/;

/** Forms of a reply, known by what a prompt says of them; the first that fits counts. JSON is known by its schema. */
const FORMS: readonly { mark: RegExp; answer: (prompt: string, random: Random) => string }[] = [
  { mark: new RegExp(BLOCKS), answer: ratedBlocks },
  { mark: /"Output \(a\)" or "Output \(b\)"/, answer: choice },
  { mark: SCALE, answer: rating },
];

/** The form of a block that has types: its first line is theirs. */
const TYPED = /^#### Output for Text .{1,20}\n\s{0,4}Type:/m;
const TEXTS = /<text (\d{1,4})>\n([\s\S]*?)\n<\/text \1>/g;
/** Texts that are told apart by what stands in front of them alone, between these two headings. */
const UNCLOSED = /^<text (\d{1,4})> /gm;
const INPUT = "\n### Input\nInstruction: ";
const OUTPUT = "\n### Output";
const TASK = "=== Your task ===";

/** From 0 to 1, mostly in the middle. */
function worthOf(text: string): number {
  const digest = hash("sha256", text.trim(), "hex");
  const draw = (at: number) => Number.parseInt(digest.slice(at, at + 8), 16) / 0xffffffff;
  const length = Math.min(1, text.length / 2000);
  return Math.min(1, 0.4 * draw(0) + 0.4 * draw(8) + 0.2 * length);
}

const DOUBT = 0.15;
const FIRST = 0.06;

function seen(text: string, place: number, random: Random): number {
  return worthOf(text) + (random() - 0.5) * 2 * DOUBT + (place === 0 ? FIRST : 0);
}

function onScale(worth: number, top: number): number {
  return Math.max(1, Math.min(top, Math.round(1 + worth * (top - 1))));
}

function ratedBlocks(prompt: string, random: Random): string {
  const typed = TYPED.test(prompt);
  const blocks = textsIn(prompt).map(({ number, text }, place) => {
    const rating = onScale(seen(text, place, random), 5);
    const type = typed
      ? `Type: ${rating === 5 ? "None" : 1 + (rating % 3)}\nRationale: [simulated] Seen so.\n`
      : "";
    return `${BLOCKS} ${number}\n${type}Rating: ${rating}\nRationale: [simulated] Its worth was drawn from its text.`;
  });
  return `[simulated judge]\n\n${blocks.join("\n\n")}`;
}

interface NumberedText {
  number: number;
  text: string;
}

/** The texts of a prompt, between marks; or, as prompts rendered by others have them, each from its mark to the next. */
function textsIn(prompt: string): NumberedText[] {
  const closed = [...prompt.matchAll(TEXTS)].map(([, number, text]) => ({
    number: Number(number),
    text: text!,
  }));
  if (closed.length > 0) return closed;
  const shown = prompt.slice(prompt.lastIndexOf(INPUT) + 1, prompt.lastIndexOf(OUTPUT));
  const texts: (NumberedText & { start: number })[] = [];
  for (const { 0: mark, 1: number, index } of shown.matchAll(UNCLOSED)) {
    const before = texts.at(-1);
    // A text may quote a mark; only the next number begins the next one.
    if (before !== undefined && Number(number) !== before.number + 1) continue;
    if (before !== undefined) before.text = shown.slice(before.start, index);
    const start = index + mark.length;
    texts.push({ number: Number(number), start, text: shown.slice(start) });
  }
  return texts;
}

function choice(prompt: string, random: Random): string {
  const task = prompt.slice(prompt.lastIndexOf(TASK));
  const second = task.lastIndexOf("\nOutput (b): ");
  const first = task.indexOf("Output (a): ");
  const texts = [task.slice(first + 12, second), task.slice(second + 13)].map((text) =>
    text.replace(/\s*Your reply:\s*$/, ""),
  );
  const [a, b] = [seen(texts[0]!, 0, random), seen(texts[1]!, 1, random)];
  return `Output (${a >= b ? "a" : "b"})\n[simulated] Its worth was drawn from its text.`;
}

function rating(prompt: string, random: Random): string {
  const task = prompt.slice(prompt.lastIndexOf(TASK));
  const response = task.slice(task.lastIndexOf("\nResponse: ") + 11).replace(/\s*Your reply:\s*$/, "");
  const top = Number(SCALE.exec(prompt)![1]);
  return `${onScale(seen(response, 1, random), top)}\n[simulated] Its worth was drawn from its text.`;
}

type Schema = Record<string, unknown>;

/** A value that a plain JSON schema allows; what it does not know of the schema it passes over. */
function instanceOf(schema: Schema, random: Random): unknown {
  const choices = (schema.enum ?? (schema.const === undefined ? undefined : [schema.const])) as
    | unknown[]
    | undefined;
  if (choices !== undefined) return choices[Math.floor(random() * choices.length)];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  const [low, high] = [Number(schema.minimum ?? 0), Number(schema.maximum ?? 10)];
  if (type === "integer") return Math.round(low + random() * (high - low));
  if (type === "number") return low + random() * (high - low);
  if (type === "boolean") return random() < 0.5;
  if (type === "array") return [instanceOf((schema.items ?? {}) as Schema, random)];
  if (type === "string") return "[simulated]";
  const members = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return Object.fromEntries(members.map(([name, member]) => [name, instanceOf(member, random)]));
}
