import type { ChatMessage } from "../../datasets/prepared-row.ts";
import { columnsOf, renderTemplate } from "../../datasets/prompt-template.ts";
import type { Item } from "../items/item.ts";
import { promptText } from "../items/prompt-text.ts";
import type { Judging } from "../judging.ts";
import { ASPECTS, type Aspect, type Method } from "../methods/method.ts";
import { type JudgeTemplate, piecesOf, sha256Of } from "../templates/judge-template.ts";
import type { Carry } from "./carry.ts";
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
  const content = written ?? fillIn(template, item, textsOf(method, item, order), numbers);
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

/** The texts in the order shown. */
function textsOf(method: Method, { reference, responses }: Item, order: readonly number[]): string[] {
  const compared = method === "pairwise" && reference ? [reference, ...responses] : responses;
  return order.map((index) => compared[index]!.text);
}

function fillIn(template: JudgeTemplate, item: Item, shown: string[], numbers: number[]): string {
  const pieces = piecesOf(template);
  const hasInput = columnsOf(pieces).includes("input");
  return renderTemplate(pieces, {
    ...item.extra,
    instruction: hasInput ? item.instruction : promptText(item),
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
