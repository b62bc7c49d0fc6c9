import type { Fault } from "./source-row.ts";

/** A turn of a chat in OpenAI's form; the fields beside role and content only where the dataset has them. */
export interface ChatMessage {
  role: string;
  content: unknown;
  name?: unknown;
  tool_calls?: unknown;
  tool_call_id?: unknown;
}

/**
 * What a row asks, whatever its dataset looked like. `messages` stands only where the chat is more than the system
 * prompt (if not empty) and the user prompt. `annotation_original` is null where the dataset has none.
 */
export interface PreparedRow {
  system_prompt: string;
  user_prompt: string;
  annotation_original: unknown;
  messages?: ChatMessage[];
}

/** A row that cannot be asked. It keeps its number, so that numbers stay those of the dataset. */
export interface BadRow {
  bad: Fault;
}

/** Whether a stored row is one that cannot be asked. */
export const isBad = (row: PreparedRow | BadRow): row is BadRow => "bad" in row;

/** The chat of a row as it is sent: an empty system prompt is no message. */
export function messagesOf(row: PreparedRow): ChatMessage[] {
  if (row.messages) return row.messages;
  const user = { role: "user", content: row.user_prompt };
  return row.system_prompt === "" ? [user] : [{ role: "system", content: row.system_prompt }, user];
}
