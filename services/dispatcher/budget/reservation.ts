import { type ChatMessage, countChatTokens, type Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { Completion } from "../../../shared/completions/completion.ts";
import type { Charging } from "./charging.ts";
import { emptyQuantile, highValue, observe, type Quantile } from "./quantile.ts";

/** How many tokens are set aside for a call of a job before its answer says what it took. */
export interface Reservations {
  readonly mostCompletionTokens: number;
  readonly completions: Quantile;
}

const HIGH_SHARE = 0.9;
/** So many answers must be known before they count for more than the worst case. */
const ENOUGH = 30;

export function reservationsOf(maxTokens: number, choices: number): Reservations {
  return { mostCompletionTokens: maxTokens * choices, completions: emptyQuantile(HIGH_SHARE) };
}

/** Where what might be used is charged, that; else what nine of ten answers of this job stay below. */
export function expectedCompletion(reservations: Reservations, charging: Charging): number {
  const { completions, mostCompletionTokens } = reservations;
  if (charging === "max_tokens" || completions.seen < ENOUGH) return mostCompletionTokens;
  return Math.min(highValue(completions), mostCompletionTokens);
}

export function learnCompletion(reservations: Reservations, completionTokens: number): void {
  observe(reservations.completions, completionTokens);
}

/** Prompt tokens of a request's `messages`, given as JSON. */
export function promptTokensOf(messages: string, tokenizer: Tokenizer): number {
  const parsed = JSON.parse(messages) as unknown;
  return Array.isArray(parsed) ? countChatTokens(parsed as ChatMessage[], tokenizer) : tokenizer(messages);
}

/** What a call used as the provider reports it, or else as far as it can be counted. */
export function tokensUsed(
  completion: Completion,
  messages: string,
  count: Tokenizer,
): { prompt: number; answer: number } {
  const { promptTokens, completionTokens, choices } = completion;
  return {
    prompt: promptTokens ?? promptTokensOf(messages, count),
    answer: completionTokens ?? choices.reduce((sum, { text }) => sum + count(text ?? ""), 0),
  };
}
