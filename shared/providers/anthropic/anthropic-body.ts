import { isObject } from "../json-values.ts";
import type { Unsayable } from "../provider.ts";
import { type Block, blocksOf, Unsaid } from "./content-blocks.ts";

interface Turn {
  role: "user" | "assistant";
  content: string | Block[];
}

/**
 * The body of a call. System messages go to the top, where the Messages API has them, and answers of tools into turns of
 * the user. @param messages JSON text of OpenAI's messages
 */
export function anthropicBody(shared: Record<string, unknown>, messages: string): string | Unsayable {
  try {
    const { system, turns } = chatOf(JSON.parse(messages));
    const own = system.length === 0 ? {} : { system: systemOf(system, shared.system) };
    return JSON.stringify({ ...shared, ...own, messages: turns });
  } catch (error) {
    if (error instanceof Unsaid) return { unsayable: error.message };
    throw error;
  }
}

function chatOf(messages: unknown): { system: unknown[]; turns: Turn[] } {
  if (!Array.isArray(messages)) throw new Unsaid("The messages are no list.");
  const system: unknown[] = [];
  const turns: Turn[] = [];
  for (const message of messages) {
    if (!isObject(message)) throw new Unsaid("A message is no object.");
    if (message.role === "system" || message.role === "developer") system.push(message.content);
    else if (message.role === "tool") addToolResult(turns, message);
    else turns.push(turnOf(message));
  }
  return { system, turns };
}

/** As text where it is text; a system of the annotator's own extra body stands before the chat's. */
function systemOf(contents: unknown[], before: unknown): string | Block[] {
  const all = before === undefined ? contents : [before, ...contents];
  if (all.every((content) => typeof content === "string")) return all.join("\n\n");
  return all.flatMap((content) => blocksOf(content, "system"));
}

function turnOf(message: Record<string, unknown>): Turn {
  const { role, content } = message;
  if (role === "user")
    return { role, content: typeof content === "string" ? content : blocksOf(content, role) };
  if (role !== "assistant") throw new Unsaid(`The Messages API has no role ${JSON.stringify(role)}.`);
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.map(toolUse) : [];
  if (typeof content === "string" && calls.length === 0) return { role, content };
  return { role, content: [...(content ? blocksOf(content, role) : []), ...calls] };
}

function toolUse(call: unknown): Block {
  const { id, function: called } = isObject(call) ? call : {};
  if (!isObject(called)) throw new Unsaid("A tool call names no function.");
  let input: unknown;
  try {
    input = called.arguments === "" ? {} : JSON.parse(String(called.arguments));
  } catch {
    throw new Unsaid(`The arguments of the tool call ${String(called.name)} are no JSON.`);
  }
  return { type: "tool_use", id, name: called.name, input };
}

/** Results that follow each other are parts of one turn. */
function addToolResult(turns: Turn[], { tool_call_id, content }: Record<string, unknown>): void {
  const result = {
    type: "tool_result",
    tool_use_id: tool_call_id,
    content: typeof content === "string" ? content : blocksOf(content, "tool"),
  };
  const last = turns.at(-1)?.content;
  if (Array.isArray(last) && last[0]?.type === "tool_result") last.push(result);
  else turns.push({ role: "user", content: [result] });
}
