import type { Prices } from "../../contracts/job-entry.ts";
import type { SamplingParameters } from "../../contracts/messages/sampling.ts";

/** Tokens that a request may take at most: its prompt, and n answers of full length. */
export function worstCaseTokens(
  promptTokens: number,
  params: Pick<SamplingParameters, "n" | "max_tokens">,
): number {
  return promptTokens + params.n * params.max_tokens;
}

/** US dollars; undefined where the prices are unknown, never 0 for want of a price. */
export function costOf(
  prices: Prices | null | undefined,
  promptTokens: number,
  completionTokens: number,
): number | undefined {
  if (!prices) return undefined;
  return (promptTokens * prices.inputPerMillion + completionTokens * prices.outputPerMillion) / 1_000_000;
}
