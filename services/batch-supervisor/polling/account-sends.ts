import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import type { Account } from "../routes/account.ts";
import type { Accounts } from "../routes/accounts.ts";
import { type SoughtSends, soughtSends } from "./poll-batches.ts";

const SEARCH_EVERY_MS = 5_000;
/** Of a job that has left the lane: what it waits for are batches that are being cancelled. */
const ENDING_POLL_MS = 5_000;

/** Sends of an account, and where they stand. */
export interface AccountSends {
  account: Account;
  /** Ids of its jobs: another account may call another batch by the same id. */
  jobs: ReadonlySet<string>;
  wanted: SoughtSends;
  /** How often its jobs want to know how far they are. */
  pollMs: number;
}

/** What is looked for with each account, by its name. Jobs whose account cannot be opened are left out. */
export function sendsByAccount(
  jobs: readonly RequestJob[],
  shards: readonly Shard[],
  accounts: Pick<Accounts, "of">,
): Map<string, AccountSends> {
  const found = new Map<string, AccountSends>();
  for (const entry of jobs) {
    const of = accounts.of(entry);
    if ("fault" in of) continue;
    const wanted = soughtSends(shards.flatMap((shard) => (shard.job === entry.id ? shard.sends : [])));
    const pollMs = entry.spec.dispatch.batch?.pollMs ?? ENDING_POLL_MS;
    const before = found.get(of.name);
    found.set(of.name, {
      account: of.account,
      jobs: new Set([...(before?.jobs ?? []), entry.id]),
      wanted: before ? both(before.wanted, wanted) : wanted,
      pollMs: Math.min(before?.pollMs ?? Number.POSITIVE_INFINITY, pollMs),
    });
  }
  return found;
}

function both(one: SoughtSends, other: SoughtSends): SoughtSends {
  return {
    open: [...one.open, ...other.open],
    searched: [...one.searched, ...other.searched],
    lost: [...one.lost, ...other.lost],
  };
}

/** Milliseconds from one look to the next; what may have been created unseen is searched more often. */
export function waitAfterPoll(accounts: Iterable<AccountSends>): number {
  let waitMs = 60_000;
  let searching = false;
  for (const { wanted, pollMs } of accounts) {
    waitMs = Math.min(waitMs, pollMs);
    searching ||= wanted.searched.length > 0;
  }
  return searching ? Math.min(waitMs, SEARCH_EVERY_MS) : waitMs;
}
