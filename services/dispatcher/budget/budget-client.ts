import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type {
  BudgetAnswer,
  BudgetQuestion,
  LearntLimits,
  Settlement,
} from "../../../shared/contracts/route-budget.ts";
import { learn, nothingLearnt } from "./route-limits.ts";

/** What could be started now or very soon. */
export interface Demand {
  calls: number;
  /** Of all those calls, and of the next one alone. */
  tokens: number;
  next: number;
}

/**
 * The budget that this replica holds of a route. It asks for more before it runs out, so that calls are not held up by
 * the round trip; what is not spent in time goes back.
 */
export interface BudgetClient {
  /** Spends one request and these tokens, if they are held. `probe`: the call must report what it sees. */
  spend(tokens: number): "spent" | "probe" | "short";
  /** Says what is wanted; `granted` is called when there is more. */
  want(demand: Demand): void;
  /** After a call: tokens that it needed less (negative: more) than was reserved. */
  settle(tokens: number): void;
  refused(tokens: number, by: "requests" | "tokens" | null): void;
  /** What an answer has shown. */
  seen(learnt: LearntLimits): void;
  probeEnded(): void;
  /** The route rests: nothing is spent or asked for before that. */
  rest(untilMs: number): void;
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

const SETTLE_MS = 50;
const NOBODY_ANSWERS_MS = 100;
const NO_DEMAND: Demand = { calls: 0, tokens: 0, next: 0 };

export function openBudgetClient(ports: ClientPorts): BudgetClient {
  const { now } = ports;
  let requests = 0;
  let tokens = 0;
  let validUntilMs = 0;
  let probe = false;
  let demand = NO_DEMAND;
  let asking = false;
  let closed = false;
  let restUntilMs = 0;
  let news = nothingNew(ports.replica);
  let settleTimer: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(settleTimer);
    settleTimer = undefined;
    ports.tell(news);
    news = nothingNew(ports.replica);
  };
  const soon = () => {
    settleTimer ??= setTimeout(flush, SETTLE_MS);
  };
  const giveBack = () => {
    if (probe) news.probeEnded = true;
    else if (requests > 0 || tokens > 0) {
      news.requests += requests;
      news.tokens += tokens;
    } else return;
    requests = 0;
    tokens = 0;
    probe = false;
    soon();
  };
  const expire = () => {
    const leftMs = validUntilMs - now();
    expiry = leftMs > 0 ? setTimeout(expire, leftMs + 1) : undefined;
    if (leftMs <= 0) giveBack();
  };
  const lacks = () =>
    demand.calls > 0 &&
    !probe &&
    (requests < 1 || tokens < demand.next || requests < demand.calls / 2 || tokens < demand.tokens / 2);
  const question = (): BudgetQuestion => ({
    replica: ports.replica,
    requests: Math.max(0, Math.ceil(demand.calls - requests)),
    tokens: Math.max(0, demand.tokens - tokens, demand.next - tokens),
    largest: Math.max(0, demand.next - tokens),
    given: ports.given(),
    auto: ports.auto(),
    learnt: { ...ports.learnt },
  });
  const accept = (answer: BudgetAnswer) => {
    learn(ports.learnt, answer.learnt);
    if (answer.stopMs > 0) ports.stopped(now() + answer.stopMs);
    if (answer.requests === 0 && answer.tokens === 0) return;
    requests += answer.requests;
    tokens += answer.tokens;
    probe = answer.probe;
    validUntilMs = now() + answer.validMs;
    expiry ??= setTimeout(expire, answer.validMs + 1);
    if (closed) giveBack();
    else ports.granted();
  };
  const askWhileLacking = async () => {
    asking = true;
    while (!closed && lacks()) {
      const restMs = restUntilMs - now();
      if (restMs > 0) await pause(restMs);
      else {
        const answer = await ports.ask(question());
        if (answer === undefined) await pause(NOBODY_ANSWERS_MS);
        else accept(answer);
      }
    }
    asking = false;
  };

  return {
    spend: (needed) => {
      if (requests < 1 || (tokens < needed && !probe) || now() > validUntilMs) return "short";
      requests -= 1;
      tokens -= Math.min(tokens, needed);
      if (!probe) return "spent";
      probe = false;
      return "probe";
    },
    want: (next) => {
      demand = next;
      if (!asking && !closed && lacks()) void askWhileLacking();
    },
    settle: (unused) => {
      if (unused === 0) return;
      news.tokens += unused;
      soon();
    },
    refused: (reserved, by) => {
      news.refusedRequests += 1;
      news.refusedTokens += reserved;
      news.refusedBy ??= by;
      soon();
    },
    seen: (learnt) => {
      learn(news.learnt, learnt);
      soon();
    },
    probeEnded: () => {
      news.probeEnded = true;
      flush();
    },
    rest: (untilMs) => {
      restUntilMs = Math.max(restUntilMs, untilMs);
      giveBack();
    },
    close: () => {
      closed = true;
      clearTimeout(expiry);
      giveBack();
      if (settleTimer !== undefined) flush();
    },
  };
}

function nothingNew(replica: string): Settlement {
  return {
    replica,
    requests: 0,
    tokens: 0,
    refusedRequests: 0,
    refusedTokens: 0,
    refusedBy: null,
    probeEnded: false,
    learnt: nothingLearnt(),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
