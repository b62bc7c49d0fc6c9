import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Lease, Leases } from "../../../shared/runtime/lease.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import { keepLooking } from "../../../shared/runtime/worker/keep-looking.ts";
import { Wake } from "../../../shared/timing/wake.ts";
import { jobChanged, shardChanged } from "../../../shared/topology.ts";
import * as metrics from "../metrics.ts";

/** A route in the hands of this replica. */
export interface HeldRoute {
  route: string;
  lease: Lease;
  /** Aborts when the lease is lost, or this replica stops. */
  signal: AbortSignal;
  /** Notified when the route's jobs are others than before. */
  wake: Wake;
  /** Jobs of the route that have shards. */
  jobs: () => readonly string[];
}

export interface ClaimOptions {
  broker: Broker;
  jobs: Store<RequestJob>;
  shards: Store<Shard>;
  leases: Leases;
  stopping: AbortSignal;
  /** Resolves when the route has no shards any more, or is not ours. */
  drive: (held: HeldRoute) => Promise<void>;
}

/** Takes the leases of routes that have shards, and drives them until they have none. */
export function claimRoutes(options: ClaimOptions): { ready(): boolean; stop(): Promise<void> } {
  const { broker, shards, leases, stopping } = options;
  const held = new Map<string, { wake: Wake; life: Promise<void> }>();
  let byRoute = new Map<string, string[]>();
  let version = -1;

  const find = async () => {
    const now = await shards.version().catch((error: unknown) => {
      // No coordinator has run yet: there are no jobs.
      if (/not found/i.test(messageOf(error))) return version;
      throw error;
    });
    if (now === version) return;
    const found = await jobsByRoute(options);
    version = now;
    const before = byRoute;
    byRoute = found;
    for (const [route, { wake: changed }] of held) {
      if (`${before.get(route)}` !== `${byRoute.get(route)}`) changed.notify();
    }
  };
  const claim = async (route: string) => {
    const lease = await leases.tryAcquire(`batch.${route}`);
    if (lease === undefined) return;
    const changed = new Wake();
    const signal = AbortSignal.any([lease.signal, stopping]);
    log().info({ route, term: lease.term }, "driving the route's batches");
    metrics.routesHeld.inc();
    const driven = { route, lease, signal, wake: changed, jobs: () => byRoute.get(route) ?? [] };
    const life = options
      .drive(driven)
      .catch((error: unknown) => log().error({ err: error, route }, "driving a route failed"))
      .finally(async () => {
        await lease.release().catch(() => {});
        metrics.routesHeld.dec();
        held.delete(route);
      });
    held.set(route, { wake: changed, life });
  };
  const polling = keepLooking({
    broker,
    // The first shard of a run is news.
    news: [shardChanged("*.*.0"), jobChanged("*")],
    what: "batches",
    look: async () => {
      await find();
      for (const route of byRoute.keys()) if (!held.has(route) && !stopping.aborted) await claim(route);
    },
  });
  return {
    ready: polling.ready,
    stop: async () => {
      await polling.stop();
      await Promise.allSettled([...held.values()].map(({ life }) => life));
    },
  };
}

/** Each run with shards has a first one: their keys tell which jobs there are. */
async function jobsByRoute({
  jobs,
  shards,
}: Pick<ClaimOptions, "jobs" | "shards">): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const names = new Set((await shards.keys("*.*.0")).map((key) => key.slice(0, key.indexOf("."))));
  for (const job of names) {
    const route = (await jobs.get(job))?.value.spec.dispatch.route;
    if (route !== undefined) found.set(route, [...(found.get(route) ?? []), job].sort());
  }
  return found;
}
