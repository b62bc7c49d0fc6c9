import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { hedgeJobs } from "../hedging/hedge-jobs.ts";
import type { Account } from "../routes/account.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { haltJob, type StepFault, stepFault } from "../steps/step-fault.ts";
import { sendsByAccount, waitAfterLook } from "./account-sends.ts";
import { type Looks, lookAtBatches } from "./look-at-batches.ts";
import { type LookFaults, openLookFaults } from "./look-faults.ts";
import { backFromIntended, NeverCreated } from "./never-created.ts";
import { seeOnline } from "./see-online.ts";

/*
 * When the provider is asked about a route's batches, and what follows from its answer.
 *
 * | a look is | and becomes | when |
 * |---|---|---|
 * | waited for | under way | its time has come: the shortest poll of the route's jobs, a search's five seconds, or a second after somebody asked for one |
 * | under way | ended, well | every account has answered: what is known of the batches is kept, what was never created is taken back, and stragglers are hedged |
 * | under way | ended, badly | an account could not be asked: the next look waits longer each time; a key that may not look halts its jobs, and after three failures a person is told |
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
/** Failures in a row after which a person is told. */
const TOLD_AFTER = 3;

/** @param onLook called after each look */
export function openLooking(context: RouteContext, accounts: Accounts, onLook: () => void): Looking {
  let nextMs = 0;
  let looking: Promise<void> | undefined;
  let failures = 0;
  const faults = openLookFaults(context.book);
  const round = openRound(context, accounts);

  const lookOnce = async () => {
    // A wish that comes while it looks is for the next look.
    nextMs = Number.POSITIVE_INFINITY;
    const startedMs = performance.now();
    try {
      const waitMs = await round.look();
      failures = 0;
      await faults.end();
      nextMs = Math.min(nextMs, startedMs + waitMs * (1 + JITTER * (2 * Math.random() - 1)));
    } catch (error) {
      if (context.signal.aborted) return;
      failures += 1;
      const fault = stepFault(error, "collect", failures);
      log().warn({ error: messageOf(error), waitMs: fault.waitMs }, "the batches could not be looked at");
      nextMs = performance.now() + fault.waitMs;
      await noteFailure(context, round.jobsAsked(), faults, { fault, failures });
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

/** One look at the batches of all accounts, and what it remembers of earlier ones. */
function openRound(context: RouteContext, accounts: Accounts) {
  const { book, jobs } = context;
  const looks = new Map<string, Looks>();
  const neverCreated = new NeverCreated();
  /** Name of the account that was asked last. */
  let asked = "";

  const takeBack = async (listedMs: number) => {
    const waitMsOf = (job: string) =>
      jobs.get(job)?.spec.dispatch.batch?.reconcileWaitMs ?? Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    for (const { key, shard, send } of neverCreated.after(book.all(), { listedMs, nowMs }, waitMsOf)) {
      log().info({ job: shard.job, shard: shard.shard }, "a batch that was intended was not created");
      await book.editSend(key, send.number, backFromIntended);
    }
  };
  return {
    /** @returns the milliseconds until the next one */
    look: async (): Promise<number> => {
      const startedMs = performance.now();
      const found = sendsByAccount(jobs.all(), book.all(), accounts);
      for (const [name, { account, wanted }] of found) {
        if (wanted.open.length + wanted.searched.length === 0) continue;
        const before = looks.get(name) ?? { pages: 0, sinceList: 0 };
        looks.set(name, before);
        asked = name;
        await lookAtBatches(context, account, wanted, before);
      }
      await takeBack(startedMs);
      await seeOnline(context);
      await hedgeJobs(context);
      return waitAfterLook(found.values());
    },
    /** Those that want to know what the account says that was asked last. */
    jobsAsked: (): JobOfAccount[] =>
      jobs.all().flatMap((entry) => {
        const of = accounts.of(entry);
        return "fault" in of || of.name !== asked ? [] : [{ entry, account: of.account }];
      }),
  };
}

interface JobOfAccount {
  entry: RequestJob;
  account: Account;
}

/** A key that may not even look can do nothing for its jobs; what else is wrong a person is told after a while. */
async function noteFailure(
  context: RouteContext,
  asked: readonly JobOfAccount[],
  faults: LookFaults,
  { fault, failures }: { fault: StepFault; failures: number },
): Promise<void> {
  if (fault.halt !== undefined) {
    for (const { entry, account } of asked)
      if (entry.state === "running") void haltJob(context, entry, account.secrets, fault.halt);
  }
  if (fault.sentence === undefined || failures !== TOLD_AFTER) return;
  const jobs = asked.map(({ entry }) => entry.id);
  await faults.tell(jobs, fault.sentence).catch(() => {});
}
