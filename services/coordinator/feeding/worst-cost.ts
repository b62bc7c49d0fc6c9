import { costOf } from "../../../shared/annotators/cost/cost.ts";
import type { JobSpec, Prices } from "../../../shared/contracts/job-entry.ts";

/** A note that says what was wrong with a reply takes this many tokens at most, role and framing included. */
const NOTE_TOKENS = 500;

/**
 * US dollars that a row can cost at most: its prompt and all choices of full length, once for each time that it may be
 * asked. The first time it may go through a batch, at its price; asked again it is a call, or costs no more than one.
 */
export function worstCost(
  promptTokens: number,
  {
    prices,
    dispatch,
    asks,
  }: {
    prices: Prices;
    dispatch: Pick<JobSpec["dispatch"], "choices" | "maxTokens" | "batch">;
    asks: number;
  },
): number {
  const { choices, maxTokens, batch } = dispatch;
  let worst = 0;
  for (let ask = 0; ask < asks; ask += 1) {
    // Asked again, the chat holds the reply before and a note on it.
    const prompt = promptTokens + ask * (maxTokens + NOTE_TOKENS);
    const cost = costOf(prices, prompt, choices * maxTokens) ?? 0;
    worst += ask === 0 ? cost * (batch?.discount ?? 1) : cost;
  }
  return worst;
}
