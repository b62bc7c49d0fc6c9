import { createHash } from "node:crypto";
import { isJsonObject } from "../datasets/json/exact-json.ts";
import { jsonCell } from "../datasets/json/json-cell.ts";
import type { ChatMessage } from "../datasets/preparing/prepared-row.ts";
import { RowFault } from "../datasets/recipes/row-fault.ts";
import { fromAlpacaPrompt } from "./alpaca.ts";

/**
 * What a model was asked, as it was sent. It stands as `asked` in every row of answers and stays with the row, so that
 * mixing, judging and making preferences use this prompt, and never look for another one in the row's columns.
 */
export interface Asked {
  messages: ChatMessage[];
  /** Of the messages, in hex: equal prompts have equal ones. */
  sha256: string;
}

export function askedOf(messages: ChatMessage[]): Asked {
  return { messages, sha256: createHash("sha256").update(JSON.stringify(messages)).digest("hex") };
}

/**
 * What a row says that was asked: its `asked`, or the prompt of a re-annotated row.
 * @returns undefined where the row says nothing of that
 * @throws RowFault if it is not as it was written
 */
export function askedIn(row: Record<string, unknown>): Asked | undefined {
  const asked = jsonCell(row.asked);
  if (!isJsonObject(asked) || !("messages" in asked)) return reannotatedIn(row);
  const { messages, sha256 } = asked;
  if (!isChat(messages))
    throw new RowFault("asked_not_understood", 'has an "asked" without a list of messages');
  const again = askedOf(messages);
  if (sha256 === undefined || sha256 === again.sha256) return again;
  throw new RowFault(
    "asked_was_changed",
    'has an "asked" whose messages are not those of its sha256: it was changed after it was asked',
  );
}

function reannotatedIn(row: Record<string, unknown>): Asked | undefined {
  const { system_prompt: system, user_prompt: user } = row;
  if (typeof system !== "string" || typeof user !== "string" || !("annotation" in row)) return undefined;
  const messages = jsonCell(row.messages);
  if (isChat(messages)) return askedOf(messages);
  const turn = { role: "user", content: user };
  return askedOf(system === "" ? [turn] : [{ role: "system", content: system }, turn]);
}

function isChat(value: unknown): value is ChatMessage[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => isJsonObject(one) && "role" in one);
}

/** Whether a chat is more than one user turn of text. */
export function hasMoreThanText(messages: readonly ChatMessage[]): boolean {
  const [only] = messages;
  return messages.length !== 1 || only!.role !== "user" || typeof only!.content !== "string";
}

/**
 * A chat as the prompt that is shown to a judge: of one user turn its text, an Alpaca prompt as the instruction and input
 * that it was made of; below a system message the text of the only turn; several turns one below the other by their roles.
 */
export function promptOfMessages(messages: readonly ChatMessage[]): { instruction: string; input: string } {
  const texts = messages.map(({ content }) => textOfContent(content));
  const roles = messages.map(({ role }) => role).join();
  if (roles === "user") return fromAlpacaPrompt(texts[0]!) ?? { instruction: texts[0]!, input: "" };
  if (roles === "system,user" || roles === "developer,user") {
    return { instruction: `${texts[0]}\n\n${texts[1]}`, input: "" };
  }
  const turns = messages.map(({ role }, at) => `${nameOf(role)}:\n${texts[at]}`);
  return { instruction: turns.join("\n\n"), input: "" };
}

const nameOf = (role: string) => role.charAt(0).toUpperCase() + role.slice(1);

/** Text as it is; of parts the texts, each other part by its type. */
export function textOfContent(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part) => {
      if (!isJsonObject(part)) return "";
      return typeof part.text === "string" ? part.text : `[${String(part.type)}]`;
    })
    .join("");
}
