import type { Usage } from "../chat/completion-body.ts";
import type { Simulation } from "../simulation.ts";

/** A call that got a completion: the number that identifies it, and what it used. */
export type Paid = { call: number; usage: Usage };

/** Counts a completion that was made, for a call or for a line of a batch. `abandoned`: its client had gone by then. */
export function countPaid({ tally, calls }: Simulation, paid: Paid, nowMs: number, abandoned: boolean): void {
  const counters = tally.counters();
  counters.paidCalls++;
  counters.tokens.prompt += paid.usage.prompt;
  counters.tokens.completion += paid.usage.completion;
  tally.secondAt(nowMs).paid++;
  if (calls.addPaid(paid.call) > 0) counters.repeatedPaidCalls++;
  if (abandoned) counters.abandonedCalls++;
}
