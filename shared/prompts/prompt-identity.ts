import type { ChatMessage } from "../datasets/preparing/prepared-row.ts";
import { fromAlpacaPrompt } from "./alpaca.ts";
import { promptOfMessages } from "./asked.ts";

/**
 * A prompt as one text that is the same in whatever file it stands, so that splits, agreements and joins know it again: the
 * instruction with its input below, whether a file has them in two columns, as one text, as an Alpaca prompt (of which
 * reward model pairs have nothing else) or as a chat.
 */
export function promptIdentity(instruction: string, input = ""): string {
  if (input !== "") return `${instruction}\n\n${input}`;
  const parts = fromAlpacaPrompt(instruction);
  return parts === undefined ? instruction : promptIdentity(parts.instruction, parts.input);
}

/** As `promptIdentity`, of all turns of a chat but a final answer. */
export function chatIdentity(messages: readonly ChatMessage[]): string {
  const { instruction, input } = promptOfMessages(messages);
  return promptIdentity(instruction, input);
}
