import type { ChatMessage } from "../../datasets/prepared-row.ts";
import type { Carry } from "../calls/carry.ts";
import { TYPES } from "../methods/method.ts";
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
  const note = `Your reply cannot be used: it ${fault.message}. Reply once more, to the same task. ${formOf(carry)}`;
  return [...messages, { role: "assistant", content: shown(reply) }, { role: "user", content: note }];
}

function shown(reply: string | null): string {
  if (reply === null || reply.trim() === "") return "(nothing)";
  if (reply.length <= MOST_SHOWN_CHARACTERS) return reply;
  return `${reply.slice(0, MOST_SHOWN_CHARACTERS).toWellFormed()} [...]`;
}

function formOf(carry: Carry): string {
  switch (carry.method) {
    case "ultrafeedback":
    case "overall":
      return blocksForm(carry);
    case "ratings":
      return "The first line is the rating and nothing else: a whole number from 1 to 7. Below it, say why.";
    case "rankings":
    case "pairwise":
      return 'The first line is "Output (a)" or "Output (b)" and nothing else. Below it, say why.';
    case "custom":
      return `Write JSON and nothing else, in this JSON schema: ${JSON.stringify(carry.schema ?? {})}`;
  }
}

function blocksForm({ part, numbers }: Carry): string {
  const lines = TYPES[part] ? "Type:, Rationale:, Rating:, Rationale:" : "Rating:, Rationale:";
  const missing = part === "honesty" ? ", or N/A where it does not apply" : "";
  return (
    `Write one block for each of the texts ${numbers.join(", ")} and nothing else: the line "#### Output for Text N" ` +
    `with the text's number for N, then ${lines} in this order, each on a line of its own. ` +
    `A rating is a whole number from 1 to 5${missing}.`
  );
}
