import type { Second, Stats } from "../../services/openai-simulator/stats.ts";

/** What the simulator let through in a span of whole seconds, a second, and what it refused. */
export interface SteadyRate {
  requestsPerSecond: number;
  tokensPerSecond: number;
  /** 429s among all requests: of the span, and of everything before its end. */
  refusedShare: number;
  refusedShareFromStart: number;
}

/** The second of the series in which the first request came; undefined while there is none. */
export function firstSecond({ series }: Stats): number | undefined {
  return series.find(({ requests }) => requests > 0)?.second;
}

/** The mean over `seconds` whole seconds from second `from` of the simulator's series on. */
export function rateOver({ series }: Stats, from: number, seconds: number): SteadyRate {
  const until = from + seconds;
  const within = sum(series.filter(({ second }) => second >= from && second < until));
  const before = sum(series.filter(({ second }) => second < until));
  return {
    requestsPerSecond: (within.requests - within.rejected) / seconds,
    tokensPerSecond: within.tokens / seconds,
    refusedShare: within.rejected / Math.max(1, within.requests),
    refusedShareFromStart: before.rejected / Math.max(1, before.requests),
  };
}

function sum(seconds: readonly Second[]): Pick<Second, "requests" | "rejected" | "tokens"> {
  const total = { requests: 0, rejected: 0, tokens: 0 };
  for (const { requests, rejected, tokens } of seconds) {
    total.requests += requests;
    total.rejected += rejected;
    total.tokens += tokens;
  }
  return total;
}
