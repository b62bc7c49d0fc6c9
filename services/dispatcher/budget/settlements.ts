import type { LearntLimits, Settlement } from "../../../shared/contracts/route-budget.ts";
import { learn, nothingLearnt } from "./route-limits.ts";

/** Gathers what granted budget has come to, and tells it a few times a second. */
export interface Settlements {
  returned(requests: number, tokens: number): void;
  refused(tokens: number, by: "requests" | "tokens" | null): void;
  /** A call ended in an answer: tokens that were set aside for it, and that it took. */
  took(reserved: number, used: number): void;
  seen(learnt: LearntLimits): void;
  /** Told at once: others wait for it. */
  probeEnded(): void;
  /** Tells what has not been told. */
  close(): void;
}

const SETTLE_MS = 50;

export function openSettlements(replica: string, tell: (settlement: Settlement) => void): Settlements {
  let news = nothingNew(replica);
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    tell(news);
    news = nothingNew(replica);
  };
  const soon = () => {
    timer ??= setTimeout(flush, SETTLE_MS);
  };
  return {
    returned: (requests, tokens) => {
      news.requests += requests;
      news.tokens += tokens;
      soon();
    },
    refused: (tokens, by) => {
      news.refusedRequests += 1;
      news.refusedTokens += tokens;
      news.refusedBy ??= by;
      soon();
    },
    took: (reserved, used) => {
      news.ended.calls += 1;
      news.ended.reserved += reserved;
      news.ended.used += used;
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
    close: () => {
      if (timer !== undefined) flush();
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
    ended: { calls: 0, reserved: 0, used: 0 },
    probeEnded: false,
    learnt: nothingLearnt(),
  };
}
