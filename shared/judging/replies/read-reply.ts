import type { Carry } from "../calls/carry.ts";
import { readAnswer } from "./read-answer.ts";
import { readChoice, readRating } from "./read-first-line.ts";
import { readRatedBlocks } from "./read-rated-blocks.ts";
import type { ReplyFault, Verdict } from "./verdict.ts";

/**
 * What a judge's reply says. Total: whatever the text, it gives a verdict or the reason why there is none, in time that
 * grows with its length only; nothing is ever guessed.
 * @param text of the completion, and `refusal` if the model refused; null where there is none
 */
export function readReply(
  carry: Carry,
  text: string | null,
  refusal: string | null,
): { verdict: Verdict } | { fault: ReplyFault } {
  if (text === null || text.trim() === "") {
    if (refusal === null) return { fault: { reason: "empty_reply", message: "is empty" } };
    return { fault: { reason: "refusal", message: "is a refusal" } };
  }
  const read = readBy(carry, text);
  if (!("fault" in read) || refusal === null) return read;
  return { fault: { reason: "refusal", message: "is a refusal" } };
}

function readBy(carry: Carry, text: string): { verdict: Verdict } | { fault: ReplyFault } {
  switch (carry.method) {
    case "ultrafeedback":
    case "overall":
      return readRatedBlocks(carry, text);
    case "ratings":
      return readRating(text);
    case "rankings":
    case "pairwise":
      return readChoice(carry, text);
    case "custom":
      return readAnswer(carry, text);
  }
}
