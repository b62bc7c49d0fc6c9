/** What a response's `x-ratelimit-*` headers say; undefined where one is absent or no number. */
export interface LimitHeaders {
  requestsPerMinute: number | undefined;
  tokensPerMinute: number | undefined;
  remainingTokens: number | undefined;
  /** Time until the token bucket is full again. */
  resetTokensMs: number | undefined;
}

export function readLimitHeaders(header: (name: string) => string | undefined): LimitHeaders {
  return {
    requestsPerMinute: limitOf(header("x-ratelimit-limit-requests")),
    tokensPerMinute: limitOf(header("x-ratelimit-limit-tokens")),
    remainingTokens: numberOf(header("x-ratelimit-remaining-tokens")),
    resetTokensMs: durationMs(header("x-ratelimit-reset-tokens")),
  };
}

const UNIT_MS: Record<string, number> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};
const DURATION = /^(\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/;

/** Milliseconds of a duration such as 6m0s, 1.5s or 120ms; undefined when it is none. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !DURATION.test(text.trim())) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit!]!, 0);
}

export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/** A limit of 0 would be no limit but a closed door: such headers mean that there is none. */
export function limitOf(text: string | undefined): number | undefined {
  const value = numberOf(text);
  return value === undefined || value <= 0 ? undefined : value;
}
