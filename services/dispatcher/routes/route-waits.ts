import type { RouteWait } from "../../../shared/contracts/service-pulse.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { RouteLimits } from "../budget/route-limits.ts";

/** What of a route says whether it waits. */
export interface RouteStanding {
  /** In hand, without an open call. */
  rows: number;
  /** That are open. */
  calls: number;
  /** For so long it starts no call. */
  restMs: number;
  /** Many calls in a row had no answer. */
  isDown: boolean;
}

/** Shorter waits come and go: nobody needs to hear of them. */
const WORTH_TELLING_MS = 2000;

/** Names what a route waits for; undefined: it does not. */
export function waitOf(
  { rows, calls, restMs, isDown }: RouteStanding,
  { requestsPerMinute, tokensPerMinute }: RouteLimits,
): string | undefined {
  if (isDown) return "the endpoint, which gives no answer";
  if (restMs > 0) return "the provider's rate limit (429)";
  if (rows === 0 || calls > 0) return undefined;
  return `its share of ${requestsPerMinute} requests and ${tokensPerMinute} tokens a minute`;
}

/** Remembers since when routes wait, and logs where a wait begins and ends. */
export function openRouteWaits() {
  const begun = new Map<string, { what: string; sinceMs: number; isLogged: boolean }>();
  const end = (route: string) => {
    const wait = begun.get(route);
    begun.delete(route);
    if (wait?.isLogged) log().info({ route, waitedMs: Date.now() - wait.sinceMs }, "the route goes on");
  };
  return {
    /** To be asked about every second. */
    of: (route: string, standing: RouteStanding, limits: RouteLimits): RouteWait | undefined => {
      const nowMs = Date.now();
      const what = waitOf(standing, limits);
      const before = begun.get(route);
      if (before !== undefined && before.what !== what) end(route);
      if (what === undefined) return undefined;
      const wait = begun.get(route) ?? { what, sinceMs: nowMs, isLogged: false };
      begun.set(route, wait);
      const untilMs = standing.restMs > 0 ? nowMs + standing.restMs : null;
      if (Math.max(nowMs, untilMs ?? 0) - wait.sinceMs < WORTH_TELLING_MS) return undefined;
      if (!wait.isLogged) log().info({ route, untilMs }, `the route waits for ${what}`);
      wait.isLogged = true;
      return { route, what, sinceMs: wait.sinceMs, untilMs };
    },
    forget: end,
  };
}
