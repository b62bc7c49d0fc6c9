import { type LimitHeaders, limitOf, numberOf } from "../limit-headers.ts";
import type { HeaderOf } from "../provider.ts";

const PREFIX = "anthropic-ratelimit-";

/**
 * Reads `anthropic-ratelimit-*`. Input and output have limits of their own; their sum, which the provider gives as
 * `tokens`, is the bucket: where one of the two runs out alone, a 429 says how long to wait.
 */
export function readAnthropicLimits(header: HeaderOf, nowUnixMs: number): LimitHeaders {
  const of = (name: string) => header(`${PREFIX}${name}`);
  return {
    requestsPerMinute: limitOf(of("requests-limit")),
    tokensPerMinute:
      limitOf(of("tokens-limit")) ??
      sum(limitOf(of("input-tokens-limit")), limitOf(of("output-tokens-limit"))),
    remainingTokens:
      numberOf(of("tokens-remaining")) ??
      sum(numberOf(of("input-tokens-remaining")), numberOf(of("output-tokens-remaining"))),
    resetTokensMs: untilMs(of("tokens-reset") ?? of("input-tokens-reset"), nowUnixMs),
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** Time until a moment that is written as RFC 3339 has it; 0 once it has passed. */
function untilMs(moment: string | undefined, nowUnixMs: number): number | undefined {
  const at = moment === undefined ? Number.NaN : Date.parse(moment);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowUnixMs);
}
