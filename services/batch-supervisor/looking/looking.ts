import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { hedgeJobs } from "../hedging/hedge-jobs.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { stepFault } from "../steps/step-fault.ts";
import { openAccountLooks } from "./account-looks.ts";
import { sendsByAccount, waitAfterLook } from "./account-sends.ts";
import { backFromIntended, NeverCreated } from "./never-created.ts";
import { seeOnline } from "./see-online.ts";

/*
 * When the provider is asked about a route's batches, and what follows from its answer.
 *
 * | a look is | and becomes | when |
 * |---|---|---|
 * | waited for | under way | its time has come: the shortest poll of the route's jobs, a search's five seconds, a second after somebody asked for one, or an account that could not be asked has waited |
 * | under way | ended, well | what is known of the batches is kept, what was never created is taken back, and stragglers are hedged |
 * | under way | ended, well | some accounts could not be asked: each of them is left out for a longer time, nothing of theirs is taken back, and its jobs are told (account-looks.ts) |
 * | under way | ended, badly | what was seen could not be kept: the next look waits longer each time |
 */
export interface Looking {
  /** Begins a look, if it is time to and none is under way; steps go on meanwhile. */
  lookIfDue(): void;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
  /** A batch may have been created that nobody knows of: looks as soon as that makes sense. */
  soon(): void;
}

const SOON_MS = 1_000;
const JITTER = 0.1;

/** @param onLook called after each look */
export function openLooking(context: RouteContext, accounts: Accounts, onLook: () => void): Looking {
  let nextMs = 0;
  let looking: Promise<void> | undefined;
  let failures = 0;
  const look = openRound(context, accounts);

  const lookOnce = async () => {
    // A wish that comes while it looks is for the next look.
    nextMs = Number.POSITIVE_INFINITY;
    const startedMs = performance.now();
    try {
      const waitMs = await look();
      failures = 0;
      nextMs = Math.min(nextMs, startedMs + waitMs * (1 + JITTER * (2 * Math.random() - 1)));
    } catch (error) {
      if (context.signal.aborted) return;
      failures += 1;
      const { waitMs } = stepFault(error, "collect", failures);
      log().warn({ error: messageOf(error), waitMs }, "a look at the batches broke off");
      nextMs = performance.now() + waitMs;
    }
  };
  return {
    soon: () => {
      nextMs = Math.min(nextMs, performance.now() + SOON_MS);
    },
    lookIfDue: () => {
      if (looking !== undefined || performance.now() < nextMs) return;
      looking = lookOnce().finally(() => {
        looking = undefined;
        onLook();
      });
    },
    idle: async () => await looking,
  };
}

/** One look at the batches of all accounts. @returns what resolves to the milliseconds until the next one */
function openRound(context: RouteContext, accounts: Accounts): () => Promise<number> {
  const { book, jobs } = context;
  const accountLooks = openAccountLooks(context, accounts);
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
    for (const { key, shard, send } of neverCreated.after(book.all(), { listedMs, nowMs }, waitMsOf)) {
      log().info({ job: shard.job, shard: shard.shard }, "a batch that was intended was not created");
      await book.editSend(key, send.number, backFromIntended);
    }
  };
  return async () => {
    const startedMs = performance.now();
    const found = sendsByAccount(jobs.all(), book.all(), accounts);
    const failed = await accountLooks.look(found);
    await takeBack(startedMs, failed);
    await seeOnline(context);
    await hedgeJobs(context);
    const well = [...found].flatMap(([name, sends]) => (failed.has(name) ? [] : [sends]));
    return Math.min(waitAfterLook(well), ...[...failed].map(accountLooks.waitOf));
  };
}
