import type { LimitHeaders } from "../../../shared/providers/limit-headers.ts";

export type Charging = "usage" | "max_tokens";

/** Within this factor of a hypothesis an observation counts for it. */
const NEAR = 2;
/** Where less than this part of a minute's worth is left after a lone call, the bucket holds no minute. */
const OF_A_MINUTE = 0.5;

/**
 * Finds out whether a provider charges its token limit with what a call used or with what it might have used, from the
 * headers of a call that ran alone: what lies between a full bucket and the one it left behind is its charge. Null
 * where that cannot be told: no headers, other users of the key, headers that disagree, or hypotheses too close together to matter.
 */
export function chargingSeen(
  call: { usedTokens: number; mostTokens: number },
  headers: LimitHeaders,
): Charging | null {
  const { tokensPerMinute, remainingTokens, resetTokensMs } = headers;
  if (tokensPerMinute === undefined || call.mostTokens < call.usedTokens * NEAR) return null;
  const seen = new Set<Charging>();
  // The bucket's size is not always a minute's worth; the time until it is full tells the same without it.
  const charges = [
    resetTokensMs === undefined ? undefined : (resetTokensMs * tokensPerMinute) / 60_000,
    remainingTokens === undefined || remainingTokens < tokensPerMinute * OF_A_MINUTE
      ? undefined
      : tokensPerMinute - remainingTokens,
  ];
  for (const charge of charges) {
    if (charge === undefined) continue;
    const [fromUsed, fromMost] = [distance(charge, call.usedTokens), distance(charge, call.mostTokens)];
    if (Math.min(fromUsed, fromMost) <= Math.log(NEAR))
      seen.add(fromUsed < fromMost ? "usage" : "max_tokens");
  }
  return seen.size === 1 ? [...seen][0]! : null;
}

function distance(a: number, b: number): number {
  return Math.abs(Math.log(Math.max(a, 1) / Math.max(b, 1)));
}
