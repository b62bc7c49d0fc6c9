import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type { LearntLimits } from "../../../shared/contracts/route-budget.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { RouteBudget } from "./route-budget.ts";
import { learn } from "./route-limits.ts";
import { isNews, type SeenCall, seenLimits } from "./seen-limits.ts";

const KINDS = ["requestsPerMinute", "tokensPerMinute"] as const;

/** Takes from the answers of a route what they show of its limits, and says once where a given limit is too high. */
export function limitsLearner(
  route: string,
  budget: RouteBudget,
): (call: SeenCall, given: GivenLimits) => void {
  const warned = new Set<string>();
  const warnIfLower = (given: GivenLimits, seen: LearntLimits) => {
    for (const kind of KINDS) {
      const [own, provider] = [given[kind], seen[kind]];
      if (typeof own !== "number" || provider === null || provider >= own) continue;
      if (warned.has(`${kind} ${own}`)) continue;
      warned.add(`${kind} ${own}`);
      const said = "the given limit is above the provider's, which is used instead";
      log().warn({ route, kind, given: own, provider }, said);
    }
  };
  return (call, given) => {
    const seen = seenLimits(call);
    if (!call.alone && !isNews(budget.learnt, seen)) return;
    learn(budget.learnt, seen);
    budget.client.seen(seen);
    warnIfLower(given, seen);
  };
}
