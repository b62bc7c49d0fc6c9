import { z } from "zod";
import { BUCKETS } from "../topology.ts";
import type { Broker } from "./broker.ts";
import { type Held, openStore, type Store } from "./store.ts";

/**
 * A lease is a KV entry that its holder changes at every beat. Nobody compares clocks: a challenger that has seen the
 * same beat for the lease's whole time to live, on its own monotonic clock, takes over by compare-and-set; a holder
 * that could not beat for most of that time considers the lease lost before any challenger may take it. Terms rise by
 * one with each holder and fence what an earlier one still does.
 */
const LeaseEntry = z.strictObject({
  replica: z.string(),
  /** Tells two processes of the same replica name apart. */
  process: z.string(),
  term: z.int().positive(),
  beat: z.int().min(0),
  released: z.boolean(),
});
type LeaseEntry = z.infer<typeof LeaseEntry>;

export interface Lease {
  readonly term: number;
  /** True while no challenger can have taken over. Ask before every act that only the holder may do. */
  valid(): boolean;
  /** Aborts when the lease was lost or released. */
  readonly signal: AbortSignal;
  /** Lets the next one have it at once. */
  release(): Promise<void>;
}

export interface Leases {
  /** The lease if it can be had now; undefined while somebody else holds it. */
  tryAcquire(key: string): Promise<Lease | undefined>;
  /** Replica name of the holder as last seen, undefined when free. */
  holder(key: string): Promise<string | undefined>;
  /** Removes the entry of something that is over. */
  forget(key: string): Promise<void>;
}

interface Sighting {
  revision: number;
  seenAtMs: number;
}

/** Leases of one replica. @param ttlMs how long a silent holder is believed to live */
export async function openLeases(broker: Broker, replica: string, ttlMs: number): Promise<Leases> {
  const store = await openStore(broker, BUCKETS.leases, LeaseEntry);
  const me = { replica, process: crypto.randomUUID() };
  const sightings = new Map<string, Sighting>();

  const mayTake = (key: string, held: Held<LeaseEntry>): boolean => {
    if (held.value.released || held.value.replica === replica) return true;
    const seen = sightings.get(key);
    if (seen?.revision === held.revision) return performance.now() - seen.seenAtMs > ttlMs;
    sightings.set(key, { revision: held.revision, seenAtMs: performance.now() });
    return false;
  };

  return {
    async tryAcquire(key) {
      const held = await store.get(key);
      const startedMs = performance.now();
      if (held === undefined) {
        const created = await store.create(key, { ...me, term: 1, beat: 0, released: false });
        return created && hold(store, key, created, ttlMs, startedMs);
      }
      if (!mayTake(key, held)) return undefined;
      const next = { ...me, term: held.value.term + 1, beat: 0, released: false };
      const taken = await store.update(key, next, held.revision);
      return taken && hold(store, key, taken, ttlMs, startedMs);
    },
    async holder(key) {
      const held = await store.get(key);
      return held === undefined || held.value.released ? undefined : held.value.replica;
    },
    forget: (key) => store.delete(key),
  };
}

function hold(
  store: Store<LeaseEntry>,
  key: string,
  first: Held<LeaseEntry>,
  ttlMs: number,
  startedMs: number,
): Lease {
  let held = first;
  // Counted from before the write was sent: the challenger's clock can only have started later.
  let safeUntilMs = startedMs + ttlMs * 0.8;
  let ended = false;
  const lost = new AbortController();
  const end = () => {
    ended = true;
    clearTimeout(timer);
    lost.abort();
  };
  const beat = async () => {
    const sentMs = performance.now();
    const next = await store
      .update(key, { ...held.value, beat: held.value.beat + 1 }, held.revision)
      .catch(() => held);
    if (ended) return;
    if (next === undefined) return end();
    if (next !== held) safeUntilMs = sentMs + ttlMs * 0.8;
    held = next;
    timer = setTimeout(() => void beat(), ttlMs / 5);
  };
  let timer = setTimeout(() => void beat(), ttlMs / 5);
  return {
    term: first.value.term,
    valid: () => !ended && performance.now() < safeUntilMs,
    signal: lost.signal,
    release: async () => {
      if (ended) return;
      end();
      // A beat may be under way: read what stands there, and let go only of what is ours.
      const now = await store.get(key);
      if (now?.value.process !== first.value.process || now.value.term !== first.value.term) return;
      await store.update(key, { ...now.value, released: true }, now.revision);
    },
  };
}
