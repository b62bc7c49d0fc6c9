import type { ChatMessage } from "../../../datasets/preparing/prepared-row.ts";
import { RowFault } from "../../../datasets/recipes/row-fault.ts";
import { type Asked, askedOf, promptOfMessages, textOfContent } from "../../../prompts/asked.ts";

/** Chats that begin alike, as a prompt and what each goes on with. */
export interface ComparedChats {
  prompt: { instruction: string; input: string; asked: Asked };
  texts: string[];
}

/**
 * The prompt is what all chats share, up to an answer; the rest of a chat is its response: an answer's text, or, where
 * several turns follow, those turns below each other. Of one chat the last answer is the response.
 * @throws RowFault if they share no question, or one of them has no answer
 */
export function comparedChats(chats: readonly (readonly ChatMessage[])[], columns: string): ComparedChats {
  const shortest = Math.min(...chats.map((chat) => chat.length));
  const [first] = chats;
  let shared = 0;
  while (shared < shortest - 1 && chats.every((chat) => isEqual(chat[shared]!, first![shared]!))) shared += 1;
  while (shared > 0 && !chats.every((chat) => chat[shared]!.role === "assistant")) shared -= 1;
  const prompt = first!.slice(0, shared);
  if (!prompt.some(({ role }) => role === "user")) {
    throw new RowFault("prompts_differ", `has no question in ${columns} that an answer follows in each`);
  }
  const texts = chats.map((chat) => responseText(chat.slice(shared)));
  return { prompt: { ...promptOfMessages(prompt), asked: askedOf(prompt) }, texts };
}

const isEqual = (one: ChatMessage, other: ChatMessage) => JSON.stringify(one) === JSON.stringify(other);

function responseText(turns: readonly ChatMessage[]): string {
  return turns.length === 1 ? textOfContent(turns[0]!.content) : promptOfMessages(turns).instruction;
}
