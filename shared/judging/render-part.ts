import type { ChatMessage } from "../datasets/prepared-row.ts";
import {
  columnsOf,
  type PromptTemplate,
  parseTemplate,
  renderTemplate,
} from "../datasets/prompt-template.ts";
import type { Carry } from "./carry.ts";
import type { Item } from "./item.ts";
import { type JudgeTemplate, sha256Of } from "./judge-template.ts";
import type { Judging } from "./judging.ts";
import { ASPECTS, type Aspect } from "./method.ts";
import { presentationOrder } from "./presentation-order.ts";
import { numbersIn } from "./shown-numbers.ts";

/** The chat that asks for one part of an item's judgement, and what is needed to read the reply. */
export function renderPart(
  judging: Judging,
  item: Item,
  part: string,
): { messages: ChatMessage[]; carry: Carry } {
  const { method, schema } = judging;
  const order = orderOf(judging, item, part);
  const written = judging.useText ? item.texts?.[part] : undefined;
  const numbers =
    written === undefined
      ? order.map((_, place) => place + 1)
      : numbersIn(
          written,
          item.responses.map(({ text }) => text),
        );
  const template = judging.templates[part] ?? judging.templates[method]!;
  const { name, sha256 } = written === undefined ? template : { name: "text", sha256: sha256Of(written) };
  const content = written ?? fillIn(template, item, order, numbers);
  const carry = { method, part, template: { name, sha256 }, order, numbers, ...(schema && { schema }) };
  return { messages: [{ role: "user", content }], carry };
}

function orderOf({ method, seed, useText }: Judging, item: Item, part: string): number[] {
  if (part === "ab") return [0, 1];
  if (part === "ba") return [1, 0];
  if (part === "seeded") return presentationOrder(2, seed, item.id);
  const count = item.responses.length;
  if (item.arranged || useText) return Array.from({ length: count }, (_, place) => place);
  const turn = method === "ultrafeedback" ? ASPECTS.indexOf(part as Aspect) : 0;
  return presentationOrder(count, seed, item.id, turn);
}

function fillIn(template: JudgeTemplate, item: Item, order: number[], numbers: number[]): string {
  const parsed = parsedOnce(template);
  const compared = item.reference ? [item.reference, ...item.responses] : item.responses;
  const shown = order.map((index) => compared[index]!.text);
  const hasInput = columnsOf(parsed).includes("input");
  return renderTemplate(parsed, {
    ...item.extra,
    instruction: hasInput || item.input === "" ? item.instruction : `${item.instruction}\n\n${item.input}`,
    input: item.input,
    texts: shown.map((text, place) => asText(text, numbers[place]!)).join("\n\n"),
    numbers: numbers.join(", "),
    response: shown[0],
    response_a: shown[0],
    response_b: shown[1],
    reference: item.reference?.text,
  });
}

/** What stands between the marks is not changed, and nothing in it is filled in. */
const asText = (text: string, number: number) => `<text ${number}>\n${text}\n</text ${number}>`;

const parsed = new WeakMap<JudgeTemplate, PromptTemplate>();

function parsedOnce(template: JudgeTemplate): PromptTemplate {
  const known = parsed.get(template) ?? parseTemplate(template.text);
  parsed.set(template, known);
  return known;
}
