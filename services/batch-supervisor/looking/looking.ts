import { type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";
import { hedgeJobs } from "../hedging/hedge-jobs.ts";
import type { Account } from "../routes/account.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { haltJob, stepFault } from "../steps/step-fault.ts";
import { type LookFor, type Looks, lookAtBatches, lookFor } from "./look-at-batches.ts";
import { openLookFaults } from "./look-faults.ts";
import { seeOnline } from "./see-online.ts";

/** When the provider is asked about a route's batches, and what follows from its answer. */
export interface Looking {
  /** Begins a look, if it is time to and none is under way; steps go on meanwhile. */
  lookIfDue(): void;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
  /** A batch may have been created that nobody knows of: looks as soon as that makes sense. */
  soon(): void;
}

const SOON_MS = 1_000;
const SEARCH_EVERY_MS = 5_000;
const JITTER = 0.1;
/** Failures in a row after which a person is told. */
const TOLD_AFTER = 3;
/** Of a job that has left the lane: what it waits for are batches that are being cancelled. */
const ENDING_POLL_MS = 5_000;

/** Sends of an account, and where they stand. */
interface AccountSends {
  account: Account;
  wanted: LookFor;
  /** Milliseconds. */
  pollMs: number;
}

/** @param onLook called after each look */
export function openLooking(context: RouteContext, accounts: Accounts, onLook: () => void): Looking {
  const { book, jobs } = context;
  let nextMs = 0;
  let looking: Promise<void> | undefined;
  let failures = 0;
  /** Name of the account that was asked last. */
  let lookingAt = "";
  const faults = openLookFaults(book);
  const looks = new Map<string, Looks>();
  /** Since when a send's batch is looked for. */
  const searchedSince = new Map<string, number>();

  const accountSends = (): Map<string, AccountSends> => {
    const found = new Map<string, AccountSends>();
    for (const entry of jobs.all()) {
      const of = accounts.of(entry);
      if ("fault" in of) continue;
      const sends = book.all().flatMap((shard) => (shard.job === entry.id ? shard.sends : []));
      const wanted = lookFor(sends);
      const before = found.get(of.name);
      found.set(of.name, {
        account: of.account,
        wanted: {
          open: [...(before?.wanted.open ?? []), ...wanted.open],
          searched: [...(before?.wanted.searched ?? []), ...wanted.searched],
          lost: [...(before?.wanted.lost ?? []), ...wanted.lost],
        },
        pollMs: Math.min(
          before?.pollMs ?? Number.POSITIVE_INFINITY,
          entry.spec.dispatch.batch?.pollMs ?? ENDING_POLL_MS,
        ),
      });
    }
    return found;
  };
  const look = async () => {
    let waitMs = 60_000;
    let searching = false;
    const startedMs = performance.now();
    for (const [name, { account, wanted, pollMs }] of accountSends()) {
      waitMs = Math.min(waitMs, pollMs);
      searching ||= wanted.searched.length > 0;
      if (wanted.open.length + wanted.searched.length === 0) continue;
      const before = looks.get(name) ?? { pages: 0, sinceList: 0 };
      looks.set(name, before);
      lookingAt = name;
      await lookAtBatches(context, account, wanted, before);
    }
    await reconcile(startedMs);
    await seeOnline(context);
    await hedgeJobs(context);
    return searching ? Math.min(waitMs, SEARCH_EVERY_MS) : waitMs;
  };

  const jobsOf = (name: string) =>
    jobs.all().flatMap((entry) => {
      const of = accounts.of(entry);
      return "fault" in of || of.name !== name ? [] : [{ entry, account: of.account }];
    });
  /** A key that may not even look can do nothing for its jobs. */
  const haltAll = (name: string, halt: HaltFault) => {
    for (const { entry, account } of jobsOf(name))
      if (entry.state === "running") void haltJob(context, entry, account.secrets, halt);
  };

  /** What was not in a list that was asked for long enough after its POST was not created. */
  const reconcile = async (listedMs: number) => {
    const searched = new Set<string>();
    for (const shard of book.all()) {
      const waitMs = jobs.get(shard.job)?.spec.dispatch.batch?.reconcileWaitMs ?? Number.POSITIVE_INFINITY;
      for (const send of shard.sends) {
        if (send.state !== "intended") continue;
        const name = `${shardKey(shard)}/${send.number}`;
        searched.add(name);
        const since = searchedSince.get(name) ?? performance.now();
        searchedSince.set(name, since);
        if (listedMs - since < waitMs) continue;
        log().info({ job: shard.job, shard: shard.shard }, "a batch that was intended was not created");
        await book.editSend(shardKey(shard), send.number, (now) =>
          now.state === "intended" ? back(now) : now,
        );
      }
    }
    for (const name of searchedSince.keys()) if (!searched.has(name)) searchedSince.delete(name);
  };

  const lookOnce = async () => {
    // A wish that comes while it looks is for the next look.
    nextMs = Number.POSITIVE_INFINITY;
    const startedMs = performance.now();
    try {
      const waitMs = await look();
      failures = 0;
      await faults.end();
      nextMs = Math.min(nextMs, startedMs + waitMs * (1 + JITTER * (2 * Math.random() - 1)));
    } catch (error) {
      if (context.signal.aborted) return;
      failures += 1;
      const fault = stepFault(error, "collect", failures);
      log().warn({ error: messageOf(error), waitMs: fault.waitMs }, "the batches could not be looked at");
      nextMs = performance.now() + fault.waitMs;
      if (fault.halt !== undefined) haltAll(lookingAt, fault.halt);
      if (fault.sentence !== undefined && failures === TOLD_AFTER) {
        const names = jobsOf(lookingAt).map(({ entry }) => entry.id);
        await faults.tell(names, fault.sentence).catch(() => {});
      }
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

const back = ({ file }: ShardSend): Partial<ShardSend> => ({ state: file === null ? "built" : "uploaded" });
