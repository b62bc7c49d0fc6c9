import { FALLBACK_LIMITS } from "../../../shared/annotators/annotator.ts";
import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type { LearntLimits } from "../../../shared/contracts/route-budget.ts";

/** What holds for a route: a number a minute, no limit, or not known before a probe has been answered. */
export type Limit = number | "unlimited" | "unknown";

export interface RouteLimits {
  requestsPerMinute: Limit;
  tokensPerMinute: Limit;
}

export function nothingLearnt(): LearntLimits {
  return { requestsPerMinute: null, tokensPerMinute: null, charging: null, probed: false };
}

/** Takes over what was just seen: the provider's last word counts. */
export function learn(known: LearntLimits, seen: LearntLimits): void {
  known.requestsPerMinute = seen.requestsPerMinute ?? known.requestsPerMinute;
  known.tokensPerMinute = seen.tokensPerMinute ?? known.tokensPerMinute;
  known.charging = seen.charging ?? known.charging;
  known.probed ||= seen.probed;
}

/** Takes over what another one remembers, where nothing is known yet. */
export function fillIn(known: LearntLimits, remembered: LearntLimits): void {
  known.requestsPerMinute ??= remembered.requestsPerMinute;
  known.tokensPerMinute ??= remembered.tokensPerMinute;
  known.charging ??= remembered.charging;
  known.probed ||= remembered.probed;
}

/** Of several jobs on a route the tightest given number counts; "unlimited" only where all jobs say so. */
export function tightest(given: GivenLimits[]): GivenLimits {
  const kinds = ["requestsPerMinute", "tokensPerMinute"] as const;
  const [requestsPerMinute, tokensPerMinute] = kinds.map((kind) => {
    const values = given.map((limits) => limits[kind]);
    const numbers = values.filter((value) => typeof value === "number");
    if (numbers.length > 0) return Math.min(...numbers);
    return values.length > 0 && values.every((value) => value === "unlimited") ? "unlimited" : null;
  });
  return { requestsPerMinute: requestsPerMinute!, tokensPerMinute: tokensPerMinute! };
}

/**
 * A given number holds, unless the provider's headers say less; where none was given the headers decide, and where a
 * probe has shown that there are no such headers, the defaults do.
 */
export function effectiveLimits(given: GivenLimits, learnt: LearntLimits): RouteLimits {
  const one = (kind: "requestsPerMinute" | "tokensPerMinute"): Limit => {
    const [wanted, seen] = [given[kind], learnt[kind]];
    if (wanted === "unlimited") return "unlimited";
    if (wanted !== null) return seen === null ? wanted : Math.min(wanted, seen);
    return seen ?? (learnt.probed ? FALLBACK_LIMITS[kind] : "unknown");
  };
  return { requestsPerMinute: one("requestsPerMinute"), tokensPerMinute: one("tokensPerMinute") };
}

export function isLimited(limits: RouteLimits | GivenLimits): boolean {
  return limits.requestsPerMinute !== "unlimited" || limits.tokensPerMinute !== "unlimited";
}
