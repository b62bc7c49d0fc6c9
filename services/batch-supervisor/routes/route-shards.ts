import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { broadcast } from "../../../shared/runtime/requests.ts";
import type { Held, Store } from "../../../shared/runtime/store.ts";
import { shardChanged } from "../../../shared/topology.ts";

/** The shards of a route's jobs as they stand in KV, held by the one process that drives them. */
export interface RouteShards {
  all(): Shard[];
  get(key: string): Shard | undefined;
  /** Whether there is such an entry, also where this book does not hold it. */
  exists(key: string): Promise<boolean>;
  /** Reads the entries of these jobs that are not known yet, and drops those that are gone. */
  load(jobs: readonly string[]): Promise<void>;
  /**
   * Changes a shard by compare-and-set, as often as others come between. @returns the shard as it stands afterwards;
   * undefined where it is gone
   */
  edit(key: string, change: (shard: Shard) => Shard | undefined): Promise<Shard | undefined>;
  /** Changes what is held here alone: it is stored with the next edit, or lost with this process. */
  note(key: string, shard: Shard): void;
  /** The same as `edit` for one of its sends. */
  editSend(
    key: string,
    number: number,
    change: (send: ShardSend) => Partial<ShardSend>,
  ): Promise<Shard | undefined>;
}

const READS_AT_ONCE = 64;

export function openRouteShards(broker: Broker, store: Store<Shard>): RouteShards {
  const routeShards = new Map<string, Held<Shard>>();

  const read = async (key: string): Promise<Held<Shard> | undefined> => {
    const held = await store.get(key);
    if (held === undefined) routeShards.delete(key);
    else routeShards.set(key, held);
    return held;
  };
  const edit: RouteShards["edit"] = async (key, change) => {
    let held = routeShards.get(key) ?? (await read(key));
    for (;;) {
      if (held === undefined) return undefined;
      const next = change(held.value);
      if (next === undefined) return held.value;
      const written: Held<Shard> | undefined = await store.update(key, next, held.revision);
      if (written !== undefined) {
        routeShards.set(key, written);
        broadcast(broker, shardChanged(key), {});
        return written.value;
      }
      held = await read(key);
    }
  };
  return {
    all: () => [...routeShards.values()].map(({ value }) => value),
    get: (key) => routeShards.get(key)?.value,
    exists: async (key) => routeShards.has(key) || (await store.get(key)) !== undefined,
    load: async (jobs) => {
      const keys = new Set((await Promise.all(jobs.map((job) => store.keys(`${job}.>`)))).flat());
      for (const key of routeShards.keys()) if (!keys.has(key)) routeShards.delete(key);
      const unread = [...keys].filter((key) => !routeShards.has(key));
      for (let at = 0; at < unread.length; at += READS_AT_ONCE)
        await Promise.all(unread.slice(at, at + READS_AT_ONCE).map(read));
    },
    note: (key, shard) => {
      const held = routeShards.get(key);
      if (held !== undefined) routeShards.set(key, { ...held, value: shard });
    },
    edit,
    editSend: (key, number, change) =>
      edit(key, (shard) => ({
        ...shard,
        sends: shard.sends.map((send) => (send.number === number ? { ...send, ...change(send) } : send)),
      })),
  };
}
