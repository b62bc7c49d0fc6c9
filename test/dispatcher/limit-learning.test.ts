import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type BudgetClient, openBudgetClient } from "../../services/dispatcher/budget/budget-client.ts";
import { openBudgetOwner } from "../../services/dispatcher/budget/budget-owner.ts";
import { coolUntil, noCooldown, refuse, succeeded } from "../../services/dispatcher/budget/cooldown.ts";
import { nothingLearnt } from "../../services/dispatcher/budget/route-limits.ts";
import {
  createBucket,
  charge as take,
  waitFor,
} from "../../services/openai-simulator/limits/token-bucket.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A provider whose answers never say how it counts. */
interface Server {
  charges: "usage" | "max_tokens" | "larger";
  /** Its bucket holds so much of its refill. */
  burstSeconds: number;
  /** Its true limit, as a share of the given one. */
  truth: number;
  latencyMs: number;
  learnSeconds: number;
  /** Of all calls since the first one. */
  refusedAtMost: number;
}

const TOKENS_PER_MINUTE = 3_000_000;
const PROMPT = 50;
const MAX_TOKENS = 600;
const RESERVED = PROMPT + MAX_TOKENS;
/** Measured after what it may take to learn. */
const STEADY_SECONDS = 30;

/** Charges calls to a bucket that holds so many seconds' worth of the true limit. @param lateMs from when on tokens count */
function playedProvider(
  { charges, burstSeconds, truth }: Pick<Server, "charges" | "burstSeconds" | "truth">,
  lateMs: number,
) {
  const bucket = createBucket(TOKENS_PER_MINUTE * truth, burstSeconds, performance.now());
  const seen = { calls: 0, refused: 0, late: 0 };
  let seed = 1;
  return {
    seen,
    /** What a call took, and for how long it is refused; 0: it is let in. */
    ask: () => {
      seed = (seed * 48_271) % 2_147_483_647;
      const used = PROMPT + 20 + (seed % 61);
      const most = charges === "larger" ? Math.max(PROMPT, MAX_TOKENS) : RESERVED;
      const charged = charges === "usage" ? used : most;
      const waitMs = waitFor(bucket, charged, performance.now());
      seen.calls += 1;
      if (waitMs > 0) seen.refused += 1;
      else {
        take(bucket, charged);
        if (performance.now() >= lateMs) seen.late += charged;
      }
      return { used, waitMs };
    },
  };
}

async function learnAgainst({ charges, burstSeconds, truth, latencyMs, learnSeconds }: Server) {
  const now = () => performance.now();
  const startedMs = now();
  const learnt = { ...nothingLearnt(), probed: true };
  const owner = openBudgetOwner({ now, mayGrant: () => true, learnt, changed: () => {} });
  const provider = playedProvider({ charges, burstSeconds, truth }, startedMs + learnSeconds * 1000);
  const cooldown = noCooldown();
  const call = (probe: boolean) => {
    const atMs = now();
    const { used, waitMs } = provider.ask();
    const admitted = waitMs === 0;
    setTimeout(
      () => {
        if (probe) client.probeEnded();
        if (admitted) {
          if (atMs >= cooldown.untilMs) succeeded(cooldown);
          client.took(RESERVED, used);
        } else {
          client.refused(RESERVED, "tokens");
          const untilMs = now() + refuse(cooldown, Math.ceil(waitMs), now(), 0.5);
          owner.stop(untilMs);
          client.coolUntil(untilMs);
          setTimeout(pump, untilMs - now() + 1);
        }
        pump();
      },
      admitted ? latencyMs : 10,
    );
  };
  const pump = () => {
    if (now() < cooldown.untilMs) return;
    for (;;) {
      const spent = client.spend(RESERVED);
      if (spent === "short") break;
      call(spent === "probe");
    }
    client.want({ calls: 256, tokens: 256 * RESERVED, next: RESERVED });
  };
  const client: BudgetClient = openBudgetClient({
    now,
    replica: "r0",
    given: () => ({ requestsPerMinute: "unlimited", tokensPerMinute: TOKENS_PER_MINUTE }),
    auto: () => true,
    learnt,
    ask: (question) => owner.ask(question),
    tell: (settlement) => owner.settle(settlement),
    granted: () => pump(),
    stopped: (untilMs) => coolUntil(cooldown, untilMs),
  });
  pump();
  await vi.advanceTimersByTimeAsync((learnSeconds + STEADY_SECONDS) * 1000);
  client.close();
  owner.close();
  const full = ((TOKENS_PER_MINUTE * truth) / 60) * STEADY_SECONDS;
  const { calls, refused, late } = provider.seen;
  return { used: late / full, refused: refused / calls };
}

const RIGHT = { truth: 1, latencyMs: 300, learnSeconds: 30, refusedAtMost: 0.005 };
const TOO_HIGH = { ...RIGHT, truth: 0.7, refusedAtMost: 0.025 };
const SERVERS: Server[] = [
  { ...RIGHT, charges: "usage", burstSeconds: 1 },
  { ...RIGHT, charges: "usage", burstSeconds: 1, latencyMs: 2_000 },
  { ...RIGHT, charges: "usage", burstSeconds: 60 },
  { ...RIGHT, charges: "max_tokens", burstSeconds: 1 },
  { ...RIGHT, charges: "max_tokens", burstSeconds: 60 },
  { ...RIGHT, charges: "larger", burstSeconds: 1 },
  { ...RIGHT, charges: "larger", burstSeconds: 60 },
  { ...TOO_HIGH, charges: "max_tokens", burstSeconds: 1 },
  { ...TOO_HIGH, charges: "max_tokens", burstSeconds: 60 },
  { ...TOO_HIGH, charges: "larger", burstSeconds: 1 },
  { ...TOO_HIGH, charges: "larger", burstSeconds: 60 },
  // Refused where nothing has shown yet that it is not for what calls might take: that is found out again, but later.
  { ...TOO_HIGH, charges: "usage", burstSeconds: 1, learnSeconds: 120 },
];

test.each(SERVERS)(
  "a limit is learnt within $learnSeconds s where $charges is charged, bursts of $burstSeconds s pass, and $truth of what is given is true ($latencyMs ms)",
  { timeout: 60_000 },
  async (server) => {
    const { used, refused } = await learnAgainst(server);
    expect(used).toBeGreaterThanOrEqual(0.95);
    expect(refused).toBeLessThanOrEqual(server.refusedAtMost);
  },
);
