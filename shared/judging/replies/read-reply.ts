import type { Carry } from "../calls/carry.ts";
import type { Read } from "../methods/judge-method.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import { afterThoughts } from "./after-thoughts.ts";

/**
 * What a judge's reply says. Total: whatever the text, it gives a verdict or the reason why there is none, in time that
 * grows with its length only; nothing is ever guessed.
 * @param text of the completion, and `refusal` if the model refused; null where there is none
 */
export function readReply(carry: Carry, text: string | null, refusal: string | null): Read {
  if (text === null || text.trim() === "") {
    if (refusal === null) return { fault: { reason: "empty_reply", message: "is empty" } };
    return { fault: { reason: "refusal", message: "is a refusal" } };
  }
  const answer = afterThoughts(text);
  if (answer === "") {
    return { fault: { reason: "empty_reply", message: "holds thoughts and nothing after them" } };
  }
  const read = METHOD_TABLE[carry.method].read(carry, answer);
  if (!("fault" in read) || refusal === null) return read;
  return { fault: { reason: "refusal", message: "is a refusal" } };
}
