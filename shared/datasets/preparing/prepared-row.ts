import { parseExactJson } from "../json/exact-json.ts";
import type { Fault } from "../reading/source-row.ts";

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
  /** The row as its file holds it, where the request keeps it. */
  source?: Record<string, unknown>;
  /** JSON that goes out with the request and comes back with the reply. It stands first in a stored row. */
  carry?: unknown;
}

/** What is sent for a row that carries something: JSON texts. */
export interface AskedRow {
  messages: string;
  carry: string;
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

const SYSTEM = '{"system_prompt":"';
const USER = '","user_prompt":"';
const ANNOTATION = '","annotation_original":';

/**
 * The JSON text of `messagesOf` for a stored line, with what it carries, or the row that cannot be asked. Of a plain row, as nearly all are, it
 * is cut out of the line: parsing and writing it again takes most of the time of feeding. A boundary between two fields
 * cannot stand inside of a text, since JSON escapes each quote there.
 */
export function messagesTextOf(line: string): string | AskedRow | BadRow {
  if (!line.startsWith(SYSTEM) || line.includes('"messages":')) return parsedMessagesText(line);
  const systemEnd = line.indexOf(USER, SYSTEM.length);
  const userStart = systemEnd + USER.length;
  const userEnd = line.indexOf(ANNOTATION, userStart);
  if (systemEnd === -1 || userEnd === -1) return parsedMessagesText(line);
  const user = `{"role":"user","content":"${line.slice(userStart, userEnd)}"}`;
  if (systemEnd === SYSTEM.length) return `[${user}]`;
  return `[{"role":"system","content":"${line.slice(SYSTEM.length, systemEnd)}"},${user}]`;
}

/** Numbers in `messages` go out as they were written. */
function parsedMessagesText(line: string): string | AskedRow | BadRow {
  const row = parseExactJson(line) as PreparedRow | BadRow;
  if (isBad(row)) return row;
  const messages = JSON.stringify(messagesOf(row));
  return row.carry === undefined ? messages : { messages, carry: JSON.stringify(row.carry) };
}
