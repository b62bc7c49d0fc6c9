import type { Answer, Fault } from "../../completions/fault.ts";
import { classify } from "../faults/classify-answer.ts";
import { wordsOf } from "../faults/provider-words.ts";

/** A parameter that no message can have, whatever the row. */
const UNKNOWN_PARAMETER = /^(?!messages)[\w.]+: Extra inputs are not permitted/;
const TOO_LONG = /prompt is too long|exceed context limit/i;

/**
 * By status as everywhere; error types of the Messages API say more of a 400, and 529 (overloaded) passes like any
 * status above 499. A request over a limit that no wait could let through is the row's.
 */
export function classifyAnthropic(answer: Answer): Fault {
  const fault = classify(answer);
  if (fault.kind !== "row") return fault;
  const { message, type } = wordsOf(answer.body);
  if (UNKNOWN_PARAMETER.test(message)) {
    return { kind: "halt", state: "failed", code: "unsupported_parameter", message: fault.message };
  }
  if (TOO_LONG.test(message)) return { ...fault, reason: "context_length_exceeded" };
  return type === "request_too_large" ? { ...fault, reason: type } : fault;
}
