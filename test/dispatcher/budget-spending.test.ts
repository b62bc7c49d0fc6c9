import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type BudgetClient, openBudgetClient } from "../../services/dispatcher/budget/budget-client.ts";
import { openBudgetOwner } from "../../services/dispatcher/budget/budget-owner.ts";
import { nothingLearnt } from "../../services/dispatcher/budget/route-limits.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

interface Case {
  requestsPerMinute: number;
  tokensPerMinute: number;
  /** Of one row, least and most. */
  tokens: [number, number];
  replicas: number;
  slots: number;
}

const SECONDS = 20;
const ROUND_TRIP_MS = 1;

/** Replicas with endless rows that spend all they are granted at once. @returns calls and tokens of each second */
async function spend({ requestsPerMinute, tokensPerMinute, tokens, replicas, slots }: Case) {
  const now = () => performance.now();
  const learnt = { ...nothingLearnt(), charging: "usage" as const, probed: true };
  const owner = openBudgetOwner({ now, mayGrant: () => true, learnt, changed: () => {} });
  const seconds = Array.from({ length: SECONDS }, () => ({ calls: 0, tokens: 0 }));
  const startedMs = now();
  let seed = 1;
  const draw = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return tokens[0] + (seed % (tokens[1] - tokens[0] + 1));
  };
  const clients = Array.from({ length: replicas }, (_, at) => {
    let next = draw();
    const average = (tokens[0] + tokens[1]) / 2;
    const pump = () => {
      while (client.spend(next) === "spent") {
        const second = seconds[Math.floor((now() - startedMs) / 1000)];
        if (second) {
          second.calls += 1;
          second.tokens += next;
        }
        next = draw();
      }
      client.want({ calls: slots, tokens: next + (slots - 1) * average, next });
    };
    const client: BudgetClient = openBudgetClient({
      now,
      replica: `r${at}`,
      given: () => ({ requestsPerMinute, tokensPerMinute }),
      auto: () => false,
      learnt: { ...learnt },
      ask: async (question) => {
        const answer = await owner.ask(question);
        await new Promise((resolve) => setTimeout(resolve, ROUND_TRIP_MS));
        return answer;
      },
      tell: (settlement) => owner.settle(settlement),
      granted: pump,
      stopped: () => {},
    });
    pump();
    return client;
  });
  await vi.advanceTimersByTimeAsync(SECONDS * 1000);
  for (const client of clients) client.close();
  owner.close();
  return seconds;
}

test.each<Case>([
  { requestsPerMinute: 1_500, tokensPerMinute: 6_250_000, tokens: [60, 260], replicas: 1, slots: 512 },
  { requestsPerMinute: 600, tokensPerMinute: 6_250_000, tokens: [60, 260], replicas: 3, slots: 64 },
  { requestsPerMinute: 30_000, tokensPerMinute: 30_000_000, tokens: [40, 400], replicas: 1, slots: 512 },
  { requestsPerMinute: 30_000, tokensPerMinute: 30_000_000, tokens: [40, 400], replicas: 8, slots: 512 },
  { requestsPerMinute: 30_000, tokensPerMinute: 3_000_000, tokens: [110, 330], replicas: 8, slots: 64 },
])(
  "from the first second on, $requestsPerMinute requests and $tokensPerMinute tokens a minute are used by $replicas, never passed",
  async (limits) => {
    const seconds = await spend(limits);
    const shares = seconds
      .slice(1)
      .map(({ calls, tokens }) =>
        Math.max(calls / (limits.requestsPerMinute / 60), tokens / (limits.tokensPerMinute / 60)),
      );
    const all = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(all).toBeGreaterThan(0.985);
    expect(all).toBeLessThan(1.005);
    expect(Math.min(...shares)).toBeGreaterThan(0.85);
    expect(Math.max(...shares)).toBeLessThan(1.15);
  },
);
