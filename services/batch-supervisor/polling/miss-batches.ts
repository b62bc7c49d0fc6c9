import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { LOST, type Shard, type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";
import { log } from "../../../shared/runtime/log.ts";
import { standingOf } from "../choosing/standing.ts";
import type { Account } from "../routes/account.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { haltJob } from "../steps/step-fault.ts";

/** Of a job that has left the lane, and so does not say how long it waits. */
const WAIT_MS = 120_000;

interface Missing {
  shard: Shard;
  send: ShardSend;
  /** For so long that it is not only a list that is late. */
  isLong: boolean;
}

/**
 * Batches that a provider does not know may be those of another project, whose key was taken away: then they run, and are
 * paid. So a job that misses some pauses. What is still missing when it was resumed is given up, and its rows are sent again;
 * so is at once what nobody wants any more.
 * @param unknown ids of batches
 */
export async function missBatches(
  context: RouteContext,
  { account, jobs: ofAccount }: { account: Account; jobs: ReadonlySet<string> },
  unknown: ReadonlySet<string>,
): Promise<void> {
  const { routeShards, jobs } = context;
  for (const [job, shards] of Map.groupBy(routeShards.all(), (shard) => shard.job)) {
    const entry = jobs.get(job);
    if (entry === undefined || !ofAccount.has(job)) continue;
    const waitMs = entry.spec.dispatch.batch?.reconcileWaitMs ?? WAIT_MS;
    const missing = shards.flatMap((shard) => missingOf(shard, unknown, waitMs));
    for (const one of missing) await miss(context, entry, one);
    const untold = missing.filter(({ send }) => send.missing?.told !== true);
    const isHeldUp = untold.some(({ shard, isLong }) => isLong && standingOf(shard, entry).submit);
    if (isHeldUp) await tell(context, account, entry, untold);
  }
}

function missingOf(shard: Shard, unknown: ReadonlySet<string>, waitMs: number): Missing[] {
  return shard.sends.flatMap((send) => {
    if (send.batch === null || !unknown.has(send.batch.id)) return [];
    const isLong = send.missing !== null && Date.now() - send.missing.sinceMs >= waitMs;
    return [{ shard, send, isLong }];
  });
}

/** Notes since when a batch is missing, or gives it up. */
async function miss(
  { routeShards }: RouteContext,
  entry: RequestJob,
  { shard, send, isLong }: Missing,
): Promise<void> {
  const { submit, cancel } = standingOf(shard, entry);
  const isGivenUp = isLong && (cancel || send.kind === "duplicate" || (submit && send.missing!.told));
  if (send.missing !== null && !isGivenUp) return;
  const nowMs = Date.now();
  const batch = send.batch!;
  if (isGivenUp) log().warn({ job: shard.job, shard: shard.shard, batch: batch.id }, "a batch is given up");
  await routeShards.editSend(shardKey(shard), send.number, () =>
    isGivenUp
      ? { batch: { ...batch, status: LOST }, endedAtMs: nowMs }
      : { missing: { sinceMs: nowMs, told: false } },
  );
}

/** Pauses the job, and notes for each of the batches that a person was told. */
async function tell(
  context: RouteContext,
  account: Account,
  entry: RequestJob,
  missing: readonly Missing[],
): Promise<void> {
  const { id } = missing[0]!.send.batch!;
  const others = missing.length > 1 ? ` and ${missing.length - 1} more of this job` : "";
  const message = `The provider does not know batch ${id}${others}, which it created before: is the key that of another project?`;
  await haltJob(context, entry, account.secrets, {
    kind: "halt",
    state: "paused",
    code: "batch_unknown",
    message,
  });
  // Nobody was asked: whoever drives the route now will do so.
  context.signal.throwIfAborted();
  // Who reads that a person was told must not take the job for one that was resumed since.
  await context.jobs.refresh(entry.id);
  for (const { shard, send } of missing) {
    await context.routeShards.editSend(shardKey(shard), send.number, ({ missing: since }) => ({
      missing: since && { ...since, told: true },
    }));
  }
}
