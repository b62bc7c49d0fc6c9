import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { broadcast } from "../../../shared/runtime/requests.ts";
import type { Held, Store } from "../../../shared/runtime/store.ts";
import { shardChanged } from "../../../shared/topology.ts";

/** The shards of a route's jobs as they stand in KV, held by the one process that drives them. */
export interface ShardBook {
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

export function openShardBook(broker: Broker, store: Store<Shard>): ShardBook {
  const book = new Map<string, Held<Shard>>();

  const read = async (key: string): Promise<Held<Shard> | undefined> => {
    const held = await store.get(key);
    if (held === undefined) book.delete(key);
    else book.set(key, held);
    return held;
  };
  const edit: ShardBook["edit"] = async (key, change) => {
    let held = book.get(key) ?? (await read(key));
    for (;;) {
      if (held === undefined) return undefined;
      const next = change(held.value);
      if (next === undefined) return held.value;
      const written: Held<Shard> | undefined = await store.update(key, next, held.revision);
      if (written !== undefined) {
        book.set(key, written);
        broadcast(broker, shardChanged(key), {});
        return written.value;
      }
      held = await read(key);
    }
  };
  return {
    all: () => [...book.values()].map(({ value }) => value),
    get: (key) => book.get(key)?.value,
    exists: async (key) => book.has(key) || (await store.get(key)) !== undefined,
    load: async (jobs) => {
      const keys = new Set((await Promise.all(jobs.map((job) => store.keys(`${job}.>`)))).flat());
      for (const key of book.keys()) if (!keys.has(key)) book.delete(key);
      const unread = [...keys].filter((key) => !book.has(key));
      for (let at = 0; at < unread.length; at += READS_AT_ONCE)
        await Promise.all(unread.slice(at, at + READS_AT_ONCE).map(read));
    },
    note: (key, shard) => {
      const held = book.get(key);
      if (held !== undefined) book.set(key, { ...held, value: shard });
    },
    edit,
    editSend: (key, number, change) =>
      edit(key, (shard) => ({
        ...shard,
        sends: shard.sends.map((send) => (send.number === number ? { ...send, ...change(send) } : send)),
      })),
  };
}
