import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Accounts } from "../routes/accounts.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { haltJob, stepFault } from "../steps/step-fault.ts";
import type { AccountSends } from "./account-sends.ts";
import { type Polls, pollBatches } from "./poll-batches.ts";
import { openPollFaults, type PollFaults } from "./poll-faults.ts";

/** What is remembered of the looks at an account's batches. */
interface AccountPolls {
  polls: Polls;
  /** In a row. */
  failures: number;
  notBeforeMs: number;
  faults: PollFaults;
}

/** Failures in a row after which a person is told. */
const TOLD_AFTER = 3;

/**
 * Polls at the batches of accounts, each for itself: one that does not answer waits longer each time, and holds up
 * none of the others.
 */
export function openAccountPolls(context: RouteContext, accounts: Accounts) {
  const known = new Map<string, AccountPolls>();
  const of = (name: string): AccountPolls => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const polls = { pages: 0, sinceList: 0, lists: true };
    const fresh = { polls, failures: 0, notBeforeMs: 0, faults: openPollFaults(context.routeShards) };
    known.set(name, fresh);
    return fresh;
  };
  /** @returns whether what is known of the account's batches is up to date */
  const pollAccount = async (name: string, sends: AccountSends): Promise<boolean> => {
    const { account, wanted } = sends;
    if (wanted.open.length + wanted.searched.length === 0) return true;
    const state = of(name);
    if (performance.now() < state.notBeforeMs) return false;
    try {
      await pollBatches(context, sends, state.polls);
      state.failures = 0;
      await state.faults.end();
      return true;
    } catch (error) {
      if (context.signal.aborted) throw error;
      state.failures += 1;
      const fault = stepFault(error, "collect", state.failures);
      log().warn({ error: messageOf(error), waitMs: fault.waitMs }, "the batches could not be looked at");
      state.notBeforeMs = performance.now() + fault.waitMs;
      const asked = jobsOf(name);
      // A key that may not even look can do nothing for its jobs.
      for (const entry of fault.halt === undefined ? [] : asked)
        if (entry.state === "running") void haltJob(context, entry, account.secrets, fault.halt!);
      if (fault.sentence !== undefined && state.failures === TOLD_AFTER)
        await state.faults
          .tell(
            asked.map(({ id }) => id),
            fault.sentence,
          )
          .catch(() => {});
      return false;
    }
  };
  const jobsOf = (name: string): RequestJob[] =>
    context.jobs.all().filter((entry) => {
      const account = accounts.of(entry);
      return "name" in account && account.name === name;
    });
  return {
    /** @returns names of the accounts that could not be looked at */
    poll: async (found: ReadonlyMap<string, AccountSends>): Promise<Set<string>> => {
      const failed = new Set<string>();
      for (const [name, sends] of found) if (!(await pollAccount(name, sends))) failed.add(name);
      return failed;
    },
    /** Milliseconds until an account that could not be looked at may be asked again. */
    waitOf: (name: string): number => Math.max(0, of(name).notBeforeMs - performance.now()),
  };
}
