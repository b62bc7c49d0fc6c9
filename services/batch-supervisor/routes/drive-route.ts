import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import type { Wake } from "../../../shared/timing/wake.ts";
import { changedShard, shardChanged } from "../../../shared/topology.ts";
import * as metrics from "../metrics.ts";
import { openPolling } from "../polling/polling.ts";
import { openShardActors } from "../steps/shard-actors.ts";
import { openAccounts } from "./accounts.ts";
import { enqueuedTokens } from "./enqueued.ts";
import type { RouteContext } from "./route-context.ts";

/**
 * The life of a route's batches in the hands of the holder of its lease. All that must survive is in the shards' entries;
 * what is held in memory (failures in a row, when to look again, what was learnt of the token limit) is found out again
 * by whoever comes next.
 */
export interface DriveOptions {
  context: RouteContext;
  wake: Wake;
  /** Jobs of the route that have shards, as last seen. */
  jobsOfRoute: () => readonly string[];
  parallelUploads: number;
}

const LOOK_FOR_SHARDS_MS = 5_000;
const TICK_MS = 250;
const AGAIN_MS = 1_000;

/** Resolves when the route has no shards any more, or is not ours. */
export async function driveRoute({
  context,
  wake,
  jobsOfRoute,
  parallelUploads,
}: DriveOptions): Promise<void> {
  const { broker, routeShards, jobs, route, signal } = context;
  await using accounts = openAccounts(context.registry);
  const polling = openPolling(context, accounts, () => wake.notify());
  const actors = openShardActors({
    context,
    accounts,
    parallelUploads,
    onStep: () => wake.notify(),
    onUncertain: () => polling.soon(),
  });
  let readAtMs = Number.NEGATIVE_INFINITY;
  let known = "";
  const events = onBroadcast(broker, shardChanged("*.*.*"), (subject) => {
    const key = changedShard(subject);
    // Its own changes are told, too: only what it does not know yet is news.
    if (routeShards.get(key) !== undefined || !jobsOfRoute().includes(key.slice(0, key.indexOf(".")))) return;
    readAtMs = Number.NEGATIVE_INFINITY;
    wake.notify();
  });
  signal.addEventListener("abort", () => wake.notify(), { once: true });
  try {
    while (!signal.aborted) {
      try {
        const wanted = jobsOfRoute();
        if (performance.now() - readAtMs > LOOK_FOR_SHARDS_MS || `${wanted}` !== known) {
          readAtMs = performance.now();
          known = `${wanted}`;
          await jobs.follow(wanted);
          await routeShards.load(wanted);
          if (wanted.length === 0) break;
        }
        await actors.start();
        polling.pollIfDue();
        report(context);
        await wake.wait(TICK_MS);
      } catch (error) {
        if (signal.aborted) break;
        log().error({ err: error, route, error: messageOf(error) }, "driving a route failed, going on");
        await wake.wait(AGAIN_MS);
      }
    }
  } finally {
    events.stop();
    await Promise.all([actors.idle(), polling.idle()]);
    metrics.batchesOpen.remove(route);
    metrics.enqueuedTokens.remove(route);
  }
}

function report({ routeShards, route }: RouteContext): void {
  const shards = routeShards.all();
  const open = shards.flatMap(({ sends }) =>
    sends.filter(({ batch, endedAtMs }) => batch && endedAtMs === null),
  );
  metrics.batchesOpen.labels(route).set(open.length);
  metrics.enqueuedTokens.labels(route).set(enqueuedTokens(shards));
}
