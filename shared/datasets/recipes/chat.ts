import { isJsonObject } from "../json/exact-json.ts";
import type { ChatMessage, PreparedRow } from "../preparing/prepared-row.ts";
import { checkContentParts } from "./content-parts.ts";
import { kindOf, RowFault } from "./row-fault.ts";

/** Role names of the two chat forms (OpenAI's role/content, ShareGPT's from/value), in OpenAI's words. */
const ROLE_NAMES: Record<string, string> = {
  system: "system",
  developer: "developer",
  user: "user",
  human: "user",
  prompter: "user",
  assistant: "assistant",
  gpt: "assistant",
  chatgpt: "assistant",
  model: "assistant",
  bot: "assistant",
  tool: "tool",
  function: "function",
};
const KEPT_FIELDS = ["name", "tool_calls", "tool_call_id"] as const;

/**
 * A row from a chat. A final assistant turn is the original annotation. `system` replaces the chat's system message,
 * `fallbackSystem` stands where it has none.
 * @throws RowFault if there is no user turn, or a turn cannot be understood
 */
export function prepareChat(
  value: unknown,
  column: string,
  system: string | undefined,
  fallbackSystem: string,
): PreparedRow {
  const messages = readMessages(value, column);
  const last = messages.at(-1);
  const annotation = last?.role === "assistant" ? annotationOf(messages.pop()!) : null;
  if (isSystem(messages[0]) && (system !== undefined || textOfContent(messages[0]!) === "")) messages.shift();
  if (!isSystem(messages[0]) && (system ?? fallbackSystem) !== "") {
    messages.unshift({ role: "system", content: system ?? fallbackSystem });
  }
  const user = messages.findLast((message) => message.role === "user");
  if (!user) throw new RowFault("no_user_turn", `has no user turn in column "${column}"`);
  const userPrompt = textOfContent(user);
  if (userPrompt.trim() === "" && !Array.isArray(user.content)) {
    throw new RowFault("no_instruction", `has an empty last user turn in column "${column}"`);
  }
  const row: PreparedRow = {
    system_prompt: isSystem(messages[0]) ? textOfContent(messages[0]!) : "",
    user_prompt: userPrompt,
    annotation_original: annotation,
  };
  return isPlain(messages) ? row : { ...row, messages };
}

export function readMessages(value: unknown, column: string): ChatMessage[] {
  const list =
    typeof value === "string" && value.trimStart().startsWith("[") ? parseList(value, column) : value;
  if (!Array.isArray(list)) {
    throw new RowFault(
      "messages_not_a_list",
      `has ${kindOf(value)} in column "${column}" where a list of messages is needed`,
    );
  }
  if (list.length === 0)
    throw new RowFault("empty_messages", `has an empty list of messages in column "${column}"`);
  return list.map((message, index) => readMessage(message, `message ${index} of column "${column}"`));
}

/** CSV and some Parquet files hold a chat as JSON text. */
function parseList(text: string, column: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RowFault(
      "messages_not_a_list",
      `has text in column "${column}" that is no JSON list of messages`,
    );
  }
}

function readMessage(message: unknown, place: string): ChatMessage {
  if (!isJsonObject(message))
    throw new RowFault("message_not_understood", `has ${kindOf(message)} as ${place}`);
  const given = message.role ?? message.from;
  const role = typeof given === "string" && Object.hasOwn(ROLE_NAMES, given) ? ROLE_NAMES[given]! : undefined;
  if (!role) {
    const known = "system, user, assistant, tool, human, gpt";
    throw new RowFault(
      "unknown_role",
      `has the role ${JSON.stringify(given) ?? "(none)"} in ${place}; known are ${known}`,
    );
  }
  const kept = Object.fromEntries(
    KEPT_FIELDS.flatMap((key) => (message[key] == null ? [] : [[key, message[key]]])),
  );
  const content = message.content ?? message.value ?? null;
  if (typeof content !== "string" && !Array.isArray(content) && !(content === null && "tool_calls" in kept)) {
    throw new RowFault("message_not_understood", `has ${kindOf(content)} as the content of ${place}`);
  }
  if (Array.isArray(content)) checkContentParts(content, place);
  return { role, content, ...kept };
}

/** The content; with tool calls, all of the message but its role. */
function annotationOf({ role: _, ...message }: ChatMessage): unknown {
  return "tool_calls" in message ? message : message.content;
}

const isSystem = (message: ChatMessage | undefined) =>
  message?.role === "system" || message?.role === "developer";

/** Text as it is; of content in parts (text, images) the text. */
function textOfContent({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part) => (isJsonObject(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
}

function isPlain(messages: ChatMessage[]): boolean {
  const roles = messages.map((message) => message.role).join();
  const bare = messages.every(
    (message) => typeof message.content === "string" && Object.keys(message).length === 2,
  );
  return bare && (roles === "user" || roles === "system,user");
}
