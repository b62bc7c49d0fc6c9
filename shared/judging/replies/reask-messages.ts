import type { ChatMessage } from "../../datasets/preparing/prepared-row.ts";
import type { Carry } from "../calls/carry.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import type { ReplyFault } from "./verdict.ts";

/** A reply that is in the form asked is never that long; what runs on forever need not be paid again. */
const MOST_SHOWN_CHARACTERS = 20_000;

/** The chat that asks again: the same one, the reply, and a note that names its fault and the form that is wanted. */
export function reaskMessages(
  carry: Carry,
  messages: readonly ChatMessage[],
  reply: string | null,
  fault: ReplyFault,
): ChatMessage[] {
  const note = `Your reply cannot be used: it ${fault.message}. Reply once more, to the same task. ${METHOD_TABLE[carry.method].form(carry)}`;
  return [...messages, { role: "assistant", content: shown(reply) }, { role: "user", content: note }];
}

function shown(reply: string | null): string {
  if (reply === null || reply.trim() === "") return "(nothing)";
  if (reply.length <= MOST_SHOWN_CHARACTERS) return reply;
  return `${reply.slice(0, MOST_SHOWN_CHARACTERS).toWellFormed()} [...]`;
}
