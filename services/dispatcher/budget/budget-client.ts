import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type {
  BudgetAnswer,
  BudgetQuestion,
  LearntLimits,
  Settlement,
} from "../../../shared/contracts/route-budget.ts";
import { type Demand, lacking, lacks, NO_DEMAND, spend } from "./held-budget.ts";
import { openHolding } from "./holding.ts";
import { learn } from "./route-limits.ts";
import { openSettlements } from "./settlements.ts";

/**
 * The budget that this replica holds of a route (held-budget.ts). It asks for more before it runs out, so that calls
 * are not held up by the round trip; what is not spent in time goes back.
 *
 * | it is  | while                                    | it asks                                     |
 * |--------|------------------------------------------|---------------------------------------------|
 * | content | enough is held for what is wanted       | nothing                                     |
 * | asking | something lacks                          | one question at a time, until nothing lacks |
 * | cooling | the route does                          | nothing until that is over                  |
 * | closed | its route is left                        | nothing; a grant that comes yet goes back   |
 */
export interface BudgetClient {
  /** Spends one request and these tokens, if they are held. `probe`: the call must report what it sees. */
  spend(tokens: number): "spent" | "probe" | "short";
  /** Says what is wanted; `granted` is called when there is more. */
  want(demand: Demand): void;
  /** After a call: tokens that it needed less (negative: more) than was reserved. */
  settle(tokens: number): void;
  /** A call ended in an answer: tokens that were set aside for it, and that it took. */
  took(reserved: number, used: number): void;
  refused(tokens: number, by: "requests" | "tokens" | null): void;
  /** What an answer has shown. */
  seen(learnt: LearntLimits): void;
  probeEnded(): void;
  /** The route cools down: nothing is spent or asked for before that. */
  coolUntil(untilMs: number): void;
  /** Returns what is held. */
  close(): void;
}

export interface ClientPorts {
  now(): number;
  replica: string;
  given(): GivenLimits;
  /** Whether a job's way of charging is to be found out. */
  auto(): boolean;
  learnt: LearntLimits;
  /** @returns undefined when nobody answers at the moment */
  ask(question: BudgetQuestion): Promise<BudgetAnswer | undefined>;
  tell(settlement: Settlement): void;
  granted(): void;
  stopped(untilMs: number): void;
}

const NOBODY_ANSWERS_MS = 100;

export function openBudgetClient(ports: ClientPorts): BudgetClient {
  const { now, replica, learnt } = ports;
  const settlements = openSettlements(replica, ports.tell);
  const holding = openHolding(now, (held) => {
    if (held.probe) settlements.probeEnded();
    else settlements.returned(held.requests, held.tokens);
  });
  const { held } = holding;
  const state = { demand: NO_DEMAND, asking: false, closed: false, coolUntilMs: 0 };

  const hear = (answer: BudgetAnswer) => {
    learn(learnt, answer.learnt);
    if (answer.stopMs > 0) ports.stopped(now() + answer.stopMs);
    if (answer.requests === 0 && answer.tokens === 0) return;
    holding.accept(answer);
    if (state.closed) holding.close();
    else ports.granted();
  };
  const askWhileLacking = async () => {
    state.asking = true;
    while (!state.closed && lacks(held, state.demand)) {
      const coolMs = state.coolUntilMs - now();
      if (coolMs > 0) await pause(coolMs);
      else {
        const asker = { replica, given: ports.given(), auto: ports.auto(), learnt: { ...learnt } };
        const answer = await ports.ask({ ...asker, ...lacking(held, state.demand) });
        if (answer === undefined) await pause(NOBODY_ANSWERS_MS);
        else hear(answer);
      }
    }
    state.asking = false;
  };

  return {
    spend: (tokens) => spend(held, tokens, now()),
    want: (demand) => {
      state.demand = demand;
      if (!state.asking && !state.closed && lacks(held, demand)) void askWhileLacking();
    },
    settle: (unused) => {
      if (unused !== 0) settlements.returned(0, unused);
    },
    took: settlements.took,
    refused: settlements.refused,
    seen: settlements.seen,
    probeEnded: settlements.probeEnded,
    coolUntil: (untilMs) => {
      state.coolUntilMs = Math.max(state.coolUntilMs, untilMs);
      holding.giveBack();
    },
    close: () => {
      state.closed = true;
      holding.close();
      settlements.close();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
