import type { Verdict } from "../../../shared/completions/verdict.ts";
import * as metrics from "../metrics.ts";
import { showSize, type Tally, tally } from "./tally.ts";

/** What is counted of a route's calls. */
export interface CallMetrics {
  ended(verdict: Verdict, ms: number): void;
  tokens(prompt: number, completion: number): void;
}

/** @param open how many calls are open now */
export function callMetrics(route: string, open: () => number): CallMetrics {
  showSize(metrics.callsInFlight, route, open);
  const seconds = metrics.callSeconds.labels(route);
  const prompts = tally(metrics.tokens, route, "prompt");
  const completions = tally(metrics.tokens, route, "completion");
  const outcomes = new Map<string, Tally>();
  const outcomeOf = (name: string) => {
    const known = outcomes.get(name) ?? tally(metrics.calls, route, name);
    outcomes.set(name, known);
    return known;
  };
  return {
    ended: (verdict, ms) => {
      seconds.observe(ms / 1000);
      outcomeOf(outcomeName(verdict)).add(1);
    },
    tokens: (prompt, completion) => {
      prompts.add(prompt);
      completions.add(completion);
    },
  };
}

function outcomeName(verdict: Verdict): string {
  if (verdict.kind === "kept") return "ok";
  if (verdict.kind === "not_kept") return "finish_reason";
  if (verdict.kind === "wait") return "rate_limited";
  return verdict.kind === "halt" ? verdict.code : verdict.reason;
}
