import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { hedgeJobs } from "../hedging/hedge-jobs.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { stepFault } from "../steps/step-fault.ts";
import { openAccountPolls } from "./account-polls.ts";
import { sendsByAccount, waitAfterPoll } from "./account-sends.ts";
import { backFromIntended, NeverCreated } from "./never-created.ts";
import { seeOnline } from "./see-online.ts";

/*
 * When the provider is asked about a route's batches, and what follows from its answer.
 *
 * | a poll is | and becomes | when |
 * |---|---|---|
 * | waited for | under way | its time has come: the shortest poll of the route's jobs, a search's five seconds, a second after somebody asked for one, or an account that could not be asked has waited |
 * | under way | ended, well | what is known of the batches is kept, what was never created is taken back, and stragglers are hedged |
 * | under way | ended, well | some accounts could not be asked: each of them is left out for a longer time, nothing of theirs is taken back, and its jobs are told (account-polls.ts) |
 * | under way | ended, badly | what was seen could not be kept: the next poll waits longer each time |
 */
export interface Polling {
  /** Begins a poll, if it is time to and none is under way; steps go on meanwhile. */
  pollIfDue(): void;
  /** Resolves when no poll is under way. */
  idle(): Promise<void>;
  /** A batch may have been created that nobody knows of: polls as soon as that makes sense. */
  soon(): void;
}

const SOON_MS = 1_000;
const JITTER = 0.1;

/** @param onPoll called after each poll */
export function openPolling(context: RouteContext, accounts: Accounts, onPoll: () => void): Polling {
  let nextMs = 0;
  let polling: Promise<void> | undefined;
  let failures = 0;
  const poll = openRound(context, accounts);

  const pollOnce = async () => {
    // A wish that comes while it polls is for the next poll.
    nextMs = Number.POSITIVE_INFINITY;
    const startedMs = performance.now();
    try {
      const waitMs = await poll();
      failures = 0;
      nextMs = Math.min(nextMs, startedMs + waitMs * (1 + JITTER * (2 * Math.random() - 1)));
    } catch (error) {
      if (context.signal.aborted) return;
      failures += 1;
      const { waitMs } = stepFault(error, "collect", failures);
      log().warn({ error: messageOf(error), waitMs }, "a poll of the batches broke off");
      nextMs = performance.now() + waitMs;
    }
  };
  return {
    soon: () => {
      nextMs = Math.min(nextMs, performance.now() + SOON_MS);
    },
    pollIfDue: () => {
      if (polling !== undefined || performance.now() < nextMs) return;
      polling = pollOnce().finally(() => {
        polling = undefined;
        onPoll();
      });
    },
    idle: async () => await polling,
  };
}

/** One poll of the batches of all accounts. @returns what resolves to the milliseconds until the next one */
function openRound(context: RouteContext, accounts: Accounts): () => Promise<number> {
  const { routeShards, jobs } = context;
  const accountPolls = openAccountPolls(context, accounts);
  const neverCreated = new NeverCreated();

  const takeBack = async (listedMs: number, failed: ReadonlySet<string>) => {
    const waitMsOf = (job: string) => {
      const entry = jobs.get(job);
      const account = entry && accounts.of(entry);
      // What no list has told may have been created.
      if (account === undefined || "fault" in account || failed.has(account.name))
        return Number.POSITIVE_INFINITY;
      return entry?.spec.dispatch.batch?.reconcileWaitMs ?? Number.POSITIVE_INFINITY;
    };
    const nowMs = performance.now();
    for (const { key, shard, send } of neverCreated.after(routeShards.all(), { listedMs, nowMs }, waitMsOf)) {
      log().info({ job: shard.job, shard: shard.shard }, "a batch that was intended was not created");
      await routeShards.editSend(key, send.number, backFromIntended);
    }
  };
  return async () => {
    const startedMs = performance.now();
    const found = sendsByAccount(jobs.all(), routeShards.all(), accounts);
    const failed = await accountPolls.poll(found);
    await takeBack(startedMs, failed);
    await seeOnline(context);
    await hedgeJobs(context);
    const well = [...found].flatMap(([name, sends]) => (failed.has(name) ? [] : [sends]));
    return Math.min(waitAfterPoll(well), ...[...failed].map(accountPolls.waitOf));
  };
}
