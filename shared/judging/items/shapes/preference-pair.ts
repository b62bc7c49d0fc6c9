import { jsonCell } from "../../../datasets/json/json-cell.ts";
import type { ChatMessage } from "../../../datasets/preparing/prepared-row.ts";
import { readMessages } from "../../../datasets/recipes/chat.ts";
import { kindOf, RowFault } from "../../../datasets/recipes/row-fault.ts";
import { promptIn } from "../prompt-in-row.ts";
import { comparedChats } from "./compared-chats.ts";
import type { RowShape, ShapedRow } from "./row-shape.ts";
import { transcriptTurns } from "./transcript.ts";

const SIDES = ["chosen", "rejected"] as const;
const SYSTEMS = ["system", "system_prompt"];

/**
 * Preferences: `chosen` and `rejected` are answers to `prompt`, as text or messages (TRL, and what Assay writes), or whole
 * chats or transcripts (UltraFeedback binarized, hh-rlhf), in which case a prompt beside them is not needed.
 */
export const preferencePair: RowShape = {
  is: (row) => SIDES.every((side) => (row[side] ?? null) !== null),
  read(row) {
    const models = SIDES.map((side) => [`${side}_model`, `${side}-model`].find((name) => name in row));
    const sides = SIDES.map((side) => ({ side, chat: chatIn(row, side) }));
    const columns = [...SIDES, ...models.filter((name) => name !== undefined)];
    const writer = (at: number) => {
      const model = models[at] === undefined ? null : row[models[at]];
      return typeof model === "string" ? model : null;
    };
    const whole = sides.every(
      ({ chat }) => Array.isArray(chat) && chat.length > 1 && chat[0]!.role !== "assistant",
    );
    const { prompt, texts } = whole
      ? ofChats(
          row,
          sides.map(({ chat }) => chat as ChatMessage[]),
        )
      : afterPrompt(
          row,
          sides.map(({ chat }) => chat),
        );
    return { prompt, columns, responses: texts.map((text, at) => ({ text, model: writer(at) })) };
  },
};

type Read = { prompt: ShapedRow["prompt"]; texts: string[] };

/** The chats say what was asked; a prompt beside them says it again. */
function ofChats(row: Record<string, unknown>, chats: ChatMessage[][]): Read {
  const { prompt, texts } = comparedChats(chats, "chosen and rejected");
  const columns = ["prompt", "messages", "asked"].filter((name) => Object.hasOwn(row, name));
  return { prompt: { ...prompt, columns }, texts };
}

function afterPrompt(row: Record<string, unknown>, sides: (string | ChatMessage[])[]): Read {
  const prompt = promptIn(row);
  const system = SYSTEMS.find((name) => typeof row[name] === "string" && row[name] !== "");
  const texts = sides.every((side) => typeof side === "string");
  if (texts && (system === undefined || prompt.asked)) return { prompt, texts: sides as string[] };
  const user = prompt.input === "" ? prompt.instruction : `${prompt.instruction}\n\n${prompt.input}`;
  const before = prompt.asked?.messages ?? [
    ...(system === undefined ? [] : [{ role: "system", content: row[system] as string }]),
    { role: "user", content: user },
  ];
  const chats = sides.map((side) => [
    ...before,
    ...(typeof side === "string" ? [{ role: "assistant", content: side }] : side),
  ]);
  const compared = comparedChats(chats, "prompt, chosen and rejected");
  const columns = [...prompt.columns, ...(system === undefined ? [] : [system])];
  return { prompt: { ...compared.prompt, columns }, texts: compared.texts };
}

function chatIn(row: Record<string, unknown>, side: string): string | ChatMessage[] {
  const value = jsonCell(row[side]);
  if (Array.isArray(value)) return readMessages(value, side);
  const text = row[side];
  if (typeof text === "string") return transcriptTurns(text) ?? text;
  throw new RowFault("no_response", `has ${kindOf(value)} in "${side}" where text or messages are needed`);
}
