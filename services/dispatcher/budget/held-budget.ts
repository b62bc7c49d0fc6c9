import type { BudgetAnswer, BudgetQuestion } from "../../../shared/contracts/route-budget.ts";

/**
 * What a replica holds of a route's budget. Time is an argument.
 *
 * | it is   | until                                                                  |
 * |---------|------------------------------------------------------------------------|
 * | empty   | a grant comes                                                          |
 * | held    | it is spent; or its time is over, or the route cools down: it goes back |
 * | a probe | its one call is started, whatever that needs; or as above              |
 */
export interface HeldBudget {
  requests: number;
  tokens: number;
  validUntilMs: number;
  /** It is for one call that runs alone, and shows the limits. */
  probe: boolean;
}

/** What could be started now or very soon. */
export interface Demand {
  calls: number;
  /** Of all those calls, and of the next one alone. */
  tokens: number;
  next: number;
}

export const NO_DEMAND: Demand = { calls: 0, tokens: 0, next: 0 };

export function nothingHeld(): HeldBudget {
  return { requests: 0, tokens: 0, validUntilMs: 0, probe: false };
}

export function isEmpty({ requests, tokens, probe }: HeldBudget): boolean {
  return !probe && requests <= 0 && tokens <= 0;
}

/** Spends one request and these tokens, if they are held. */
export function spend(held: HeldBudget, tokens: number, nowMs: number): "spent" | "probe" | "short" {
  if (held.requests < 1 || (held.tokens < tokens && !held.probe) || nowMs > held.validUntilMs) return "short";
  held.requests -= 1;
  held.tokens -= Math.min(held.tokens, tokens);
  if (!held.probe) return "spent";
  held.probe = false;
  return "probe";
}

export function accept(held: HeldBudget, grant: BudgetAnswer, nowMs: number): void {
  held.requests += grant.requests;
  held.tokens += grant.tokens;
  held.probe = grant.probe;
  held.validUntilMs = nowMs + grant.validMs;
}

/** Whether more is to be asked for: before it runs out, so that no call is held up by the round trip. */
export function lacks({ requests, tokens, probe }: HeldBudget, demand: Demand): boolean {
  if (demand.calls <= 0 || probe) return false;
  return requests < 1 || tokens < demand.next || requests < demand.calls / 2 || tokens < demand.tokens / 2;
}

export function lacking(
  { requests, tokens }: HeldBudget,
  demand: Demand,
): Pick<BudgetQuestion, "requests" | "tokens" | "largest"> {
  return {
    requests: Math.max(0, Math.ceil(demand.calls - requests)),
    tokens: Math.max(0, demand.tokens - tokens, demand.next - tokens),
    largest: Math.max(0, demand.next - tokens),
  };
}
