import { type ChatRequest, maxTokensOf } from "../chat/chat-request.ts";
import type { Choice, Usage } from "../chat/completion-body.ts";
import { promptTokens } from "../chat/prompt-tokens.ts";
import { type ApiError, overContext, overLimit, tooLarge } from "../http/api-errors.ts";
import type { Settings } from "../options.ts";
import type { Admission, Limits } from "./rate-limits.ts";

/** What the provider would bill for these choices, in tokens. */
export function usageOf(request: ChatRequest, choices: Choice[], { tokenizer }: Settings): Usage {
  const completion = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  return { prompt: promptTokens(request, tokenizer), completion };
}

/** The error of a request whose prompt and max_tokens exceed the context length, if there is one. */
export function contextError(
  request: ChatRequest,
  usage: Usage,
  { contextTokens }: Settings,
): ApiError | null {
  const asked = maxTokensOf(request);
  const needed = usage.prompt + (Number.isFinite(asked) ? asked : 0);
  return contextTokens > 0 && needed > contextTokens ? overContext(contextTokens, needed) : null;
}

/**
 * Tokens taken from the limit at arrival: `larger` is the prompt or what is asked for, whichever is more. A request without
 * max_tokens is charged its actual usage in any mode.
 */
export function chargeOf(request: ChatRequest, usage: Usage, { charges }: Settings): number {
  const asked = maxTokensOf(request) * (request.n ?? 1);
  const byUsage = charges === "usage" || !Number.isFinite(asked);
  if (charges === "larger" && !byUsage) return Math.max(usage.prompt, asked);
  return usage.prompt + (byUsage ? usage.completion : asked);
}

/** The error that tells a rejection. */
export function limitError(
  rejection: Exclude<Admission, { admitted: true }>,
  model: string,
  charged: number,
  limits: Limits,
): ApiError {
  if (rejection.kind === "too_large") return tooLarge(model, limits.tokensPerMinute, charged);
  const { kind, used, waitMs } = rejection;
  const limit = kind === "tokens" ? limits.tokensPerMinute : limits.requestsPerMinute;
  const requested = kind === "tokens" ? charged : 1;
  return overLimit(kind, model, { limit, used, requested, retryAfterMs: waitMs });
}
