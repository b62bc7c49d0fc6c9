import type { Tokenizer } from "./tokenizer.ts";
import { SENTENCE } from "./words.ts";

type TokenLogprob = { token: string; logprob: number; bytes: number[] };

/** The provider's logprobs object for an answer. The tokens are the answer's; the values are made up, the same every time. */
export function logprobsOf(text: string, top: number, tokenizer: Tokenizer) {
  const content = tokenizer.split(text).map((token, index) => {
    const chosen = entry(token, -((index * 7) % 50) / 100);
    const others = Array.from({ length: Math.max(0, top - 1) }, (_, rank) =>
      entry(SENTENCE[2]![rank % SENTENCE[2]!.length]!, chosen.logprob - rank - 1),
    );
    return { ...chosen, top_logprobs: top > 0 ? [chosen, ...others] : [] };
  });
  return { content, refusal: null };
}

function entry(token: string, logprob: number): TokenLogprob {
  return { token, logprob, bytes: [...Buffer.from(token)] };
}
