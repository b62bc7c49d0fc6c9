import type { ChatMessage } from "../../datasets/preparing/prepared-row.ts";
import { columnsOf, renderTemplate } from "../../datasets/recipes/prompt-template.ts";
import type { Item, Response } from "../items/item.ts";
import { promptText } from "../items/prompt-text.ts";
import type { Judging } from "../judging.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import { type JudgeTemplate, piecesOf, sha256Of } from "../templates/judge-template.ts";
import type { Carry } from "./carry.ts";
import { numbersIn } from "./shown-numbers.ts";

/** The chat that asks for one part of an item's judgement, and what is needed to read the reply. */
export function renderPart(
  judging: Judging,
  item: Item,
  part: string,
): { messages: ChatMessage[]; carry: Carry } {
  const { method, schema } = judging;
  const { order: orderOf, shown } = METHOD_TABLE[method];
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
  const content = written ?? fillIn(template, item, textsIn(shown(item), order), numbers);
  const carry = { method, part, template: { name, sha256 }, order, numbers, ...(schema && { schema }) };
  return { messages: [{ role: "user", content }], carry };
}

/** The texts in the order shown. */
function textsIn(shown: readonly Response[], order: readonly number[]): string[] {
  return order.map((index) => shown[index]!.text);
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
