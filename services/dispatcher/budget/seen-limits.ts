import type { Verdict } from "../../../shared/completions/verdict.ts";
import type { DispatchSpec } from "../../../shared/contracts/job-entry.ts";
import type { LearntLimits } from "../../../shared/contracts/route-budget.ts";
import type { LimitHeaders } from "../../../shared/providers/limit-headers.ts";
import { chargingSeen } from "./charging.ts";
import { nothingLearnt } from "./route-limits.ts";

/** What a call and its answer show of the route's limits. */
export interface SeenCall {
  status: number;
  headers: LimitHeaders;
  verdict: Verdict;
  spec: Pick<DispatchSpec, "maxTokens" | "choices">;
  /** No other call was open on the route. */
  alone: boolean;
}

export function seenLimits({ status, headers, verdict, spec, alone }: SeenCall): LearntLimits {
  const seen = nothingLearnt();
  seen.requestsPerMinute = headers.requestsPerMinute ?? null;
  seen.tokensPerMinute = headers.tokensPerMinute ?? null;
  seen.probed = status === 200 || seen.requestsPerMinute !== null || seen.tokensPerMinute !== null;
  if (alone && (verdict.kind === "kept" || verdict.kind === "not_kept")) {
    const { promptTokens, completionTokens } = verdict.completion;
    const prompt = promptTokens ?? 0;
    const used = {
      usedTokens: prompt + (completionTokens ?? 0),
      mostTokens: prompt + spec.maxTokens * spec.choices,
    };
    seen.charging = completionTokens === null ? null : chargingSeen(used, headers);
  }
  return seen;
}

/** Whether it says what is not known yet. How calls are charged is told by lone calls only, which are always heard. */
export function isNews(learnt: LearntLimits, seen: LearntLimits): boolean {
  return (
    (seen.requestsPerMinute !== null && seen.requestsPerMinute !== learnt.requestsPerMinute) ||
    (seen.tokensPerMinute !== null && seen.tokensPerMinute !== learnt.tokensPerMinute) ||
    (seen.probed && !learnt.probed)
  );
}
