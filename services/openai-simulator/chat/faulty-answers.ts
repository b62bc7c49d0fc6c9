import type { Random } from "../../../shared/random.ts";
import { type ApiError, badRequest, overLimit, serverError } from "../http/api-errors.ts";
import type { FaultKind } from "../limits/faults.ts";
import type { Answer } from "./answers.ts";
import type { Choice } from "./completion-body.ts";
import type { Tokenizer } from "./tokenizer.ts";

const REFUSAL = "[simulated] I cannot help with this request.";
const NONSENSE = "[simulated] What was asked is passed over here, and something else is said.";
const INJECTED_RETRY_AFTER_MS = 100;

/** The choices of an answer after a fault that changes them: `refusal`, `content_filter`, `length`, `nonsense`; else as they are. */
export function faultyChoices(fault: FaultKind | null, answers: Answer[], tokenizer: Tokenizer): Choice[] {
  return answers.map((answer): Choice => {
    if (fault === "refusal") {
      return { text: null, refusal: REFUSAL, tokens: tokenizer.count(REFUSAL), finishReason: "stop" };
    }
    if (fault === "nonsense") {
      return { text: NONSENSE, refusal: null, tokens: tokenizer.count(NONSENSE), finishReason: "stop" };
    }
    if (fault === "content_filter")
      return { text: "", refusal: null, tokens: 0, finishReason: "content_filter" };
    if (fault !== "length") return { ...answer, refusal: null };
    const tokens = Math.ceil(answer.tokens / 2);
    return { text: tokenizer.cut(answer.text, tokens), refusal: null, tokens, finishReason: "length" };
  });
}

/** The body of a 200 that is not a completion, or null where the fault is no such one. */
export function faultyBody(fault: FaultKind | null, model: string, random: Random): string | null {
  const kind = fault === "garbage" ? (random() < 0.5 ? "not_json" : "no_choices") : fault;
  if (kind === "not_json") return "<html><body>simulated garbage</body></html>";
  if (kind === "no_choices")
    return JSON.stringify({ object: "chat.completion", model, note: "no choices (injected)" });
  return null;
}

/** The provider's error for a fault that is an HTTP status. */
export function faultError(fault: "400" | "429" | "500" | "503", model: string): ApiError {
  if (fault === "400")
    return badRequest("This prompt is not accepted (injected).", "messages", "invalid_prompt");
  if (fault === "500") return serverError(500);
  if (fault === "503") return serverError(503);
  const numbers = { limit: 0, used: 0, requested: 1, retryAfterMs: INJECTED_RETRY_AFTER_MS };
  return overLimit("requests", model, numbers);
}
