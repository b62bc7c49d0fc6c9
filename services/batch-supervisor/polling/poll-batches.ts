import type { Batch } from "../../../shared/batch-api/batch.ts";
import { isMissing, isUnknown } from "../../../shared/batch-api/fault.ts";
import { findBatches } from "../../../shared/batch-api/find-batches.ts";
import { isSendOver, LOST, type ShardSend } from "../../../shared/contracts/shard.ts";
import * as metrics from "../metrics.ts";
import type { Account } from "../routes/account.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { missBatches } from "./miss-batches.ts";
import { pollPlan } from "./poll-plan.ts";
import { seeBatches } from "./see-batches.ts";

/** How looks at the batches of an account went so far. */
export interface Polls {
  /** The provider has answered that there is no list of batches. */
  lists: boolean;
  pages: number;
  sinceList: number;
}

const ONES_AT_ONCE = 4;
const PAGE = 100;
/** The provider's clock may give a batch a second before its file. */
const SKEW_SECONDS = 5;

/** What is looked for. */
export interface SoughtSends {
  /** Their batches have not ended. */
  open: readonly ShardSend[];
  /** Their batches may have been created. */
  searched: readonly ShardSend[];
  /** Their batches were given up, and are taken up again where a list shows them; no look is made for them alone. */
  lost: readonly ShardSend[];
}

/** The sends of an account for which a look at the provider is worth it. */
export function soughtSends(sends: readonly ShardSend[]): SoughtSends {
  return {
    open: sends.filter((send) => send.batch !== null && !isSendOver(send) && send.endedAtMs === null),
    searched: sends.filter(({ state }) => state === "intended"),
    lost: sends.filter(({ batch }) => batch?.status === LOST),
  };
}

/** Asks the provider about the batches, and keeps what it says. */
export async function pollBatches(
  context: RouteContext,
  { account, jobs, wanted }: { account: Account; jobs: ReadonlySet<string>; wanted: SoughtSends },
  polls: Polls,
): Promise<void> {
  const { open, searched } = wanted;
  const of = { account, jobs };
  const searching = searched.length > 0;
  const plan = pollPlan({
    lists: polls.lists,
    open: open.length,
    pagesLast: polls.pages,
    pollsSince: polls.sinceList,
    searching,
  });
  polls.sinceList = plan === "list" ? 0 : polls.sinceList + 1;
  const { listed, unlistable } =
    plan === "list" ? await listIfThereIsOne(context, account, wanted, polls) : { listed: [] };
  const seen = await seeBatches(context, of, listed);
  const unlisted = open.filter(({ batch }) => !seen.has(batch!.id));
  const { found, unknown } = await retrieveEach(context, account, unlisted);
  await seeBatches(context, of, found);
  if (unknown.size > 0) await missBatches(context, of, unknown);
  // Whether a batch was created is told by a list alone.
  if (searching && unlistable !== undefined) throw unlistable;
}

/** Some providers have batches and no list of them. @returns also their answer, where that is so */
async function listIfThereIsOne(
  context: RouteContext,
  account: Account,
  wanted: SoughtSends,
  polls: Polls,
): Promise<{ listed: Batch[]; unlistable?: unknown }> {
  try {
    const listed = await listBack(context, account, wanted, polls);
    polls.lists = true;
    return { listed };
  } catch (error) {
    if (!isMissing(error)) throw error;
    polls.lists = false;
    return { listed: [], unlistable: error };
  }
}

/** The newest first, back to the oldest that is looked for. */
async function listBack(
  { route, signal }: RouteContext,
  { api }: Account,
  { open, searched, lost }: SoughtSends,
  polls: Polls,
): Promise<Batch[]> {
  // A second batch of a send may be older than the one that is held to, but not older than their file.
  const oldest = Math.min(
    ...[...open, ...searched, ...lost].map(({ file, batch }) => file?.createdAt ?? batch?.createdAt ?? 0),
  );
  const notBefore = Number.isFinite(oldest) ? oldest - SKEW_SECONDS : 0;
  const batches: Batch[] = [];
  for await (const batch of findBatches(api, { notBefore, signal })) batches.push(batch);
  polls.pages = Math.max(1, Math.ceil(batches.length / PAGE));
  metrics.polls.labels(route, "list").inc(polls.pages);
  return batches;
}

/** Those that are in no list: the list is late, or they are too old for it. */
async function retrieveEach(
  { route, signal }: RouteContext,
  { api }: Account,
  sends: readonly ShardSend[],
): Promise<{ found: Batch[]; unknown: Set<string> }> {
  const found: Batch[] = [];
  const unknown = new Set<string>();
  for (let at = 0; at < sends.length; at += ONES_AT_ONCE) {
    const some = sends.slice(at, at + ONES_AT_ONCE);
    metrics.polls.labels(route, "one").inc(some.length);
    const batches = await Promise.all(
      some.map(({ batch }) =>
        api.retrieveBatch(batch!.id, { signal }).catch((error: unknown) => {
          if (!isUnknown(error)) throw error;
          unknown.add(batch!.id);
          return undefined;
        }),
      ),
    );
    found.push(...batches.filter((batch) => batch !== undefined));
  }
  return { found, unknown };
}
