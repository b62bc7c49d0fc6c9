import type { ChatMessage } from "../../../datasets/preparing/prepared-row.ts";

const TURN = /(?:^|\n\n)(Human|Assistant):/g;
const ROLES: Record<string, string> = { Human: "user", Assistant: "assistant" };

/**
 * The turns of a transcript as hh-rlhf writes them: "\n\nHuman: ...\n\nAssistant: ...". An Assistant's turn at the end with
 * nothing in it asks for the answer, and is none. @returns undefined where a text is no such transcript
 */
export function transcriptTurns(text: string): ChatMessage[] | undefined {
  if (!/^\s*Human:/.test(text)) return undefined;
  const whole = text.replace(/^\s+/, "");
  const marks = [...whole.matchAll(TURN)];
  const turns = marks.map((mark, at) => ({
    role: ROLES[mark[1]!]!,
    content: whole.slice(mark.index + mark[0].length, marks[at + 1]?.index).trim(),
  }));
  if (!turns.some(({ role }) => role === "assistant")) return undefined;
  const last = turns.at(-1)!;
  return last.role === "assistant" && last.content === "" ? turns.slice(0, -1) : turns;
}
