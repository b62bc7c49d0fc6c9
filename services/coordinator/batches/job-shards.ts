import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isSettled, type Shard, shardKey } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { log } from "../../../shared/runtime/log.ts";
import { broadcast, onBroadcast } from "../../../shared/runtime/requests.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import { changedShard, shardChanged } from "../../../shared/topology.ts";

/** The shards of a job as its owner sees them: read once, then one by one as they change. */
export interface JobShards {
  /** Of all runs, whether settled or not. */
  all(): Shard[];
  /** Stores a new shard; false where there is one of that number: somebody else owns the job now, or did. */
  add(shard: Shard): Promise<boolean>;
  /** Takes a run's entries away for good. */
  removeRun(run: number): Promise<void>;
  /** Reads everything again, where what was told may have got lost. */
  refresh(): Promise<void>;
  stop(): void;
}

const REFRESH_MS = 10_000;
const READS_AT_ONCE = 64;
const GATHER_MS = 50;

/** @param onChange called when something differs, at most once a turn of the event loop */
export async function openJobShards(
  broker: Broker,
  store: Store<Shard>,
  { id }: Pick<RequestJob, "id">,
  onChange: () => void,
): Promise<JobShards> {
  const held = openHeldShards(store, id, onceATurn(onChange));
  const events = onBroadcast(broker, shardChanged(`${id}.*.*`), (subject) =>
    held.readSoon(changedShard(subject)),
  );
  const refreshSafely = () =>
    void held
      .refresh()
      .catch((error: unknown) => log().warn({ job: id, error: messageOf(error) }, "reading shards failed"));
  const again = setInterval(refreshSafely, REFRESH_MS);
  const forget = broker.onReconnect(refreshSafely);
  await held.refresh();

  return {
    all: () => [...held.shards.values()],
    add: async (shard) => {
      const key = shardKey(shard);
      if ((await store.create(key, shard)) === undefined) return false;
      held.keep(key, shard);
      broadcast(broker, shardChanged(key), {});
      return true;
    },
    removeRun: async (run) => {
      await store.erase(`${id}.${run}.>`);
      for (const [key, shard] of held.shards) if (shard.run === run) held.shards.delete(key);
    },
    refresh: held.refresh,
    stop: () => {
      clearInterval(again);
      events.stop();
      held.stop();
      forget();
    },
  };
}

/** A job's shards in memory, and their reading. @param tell what is held may differ now */
function openHeldShards(store: Store<Shard>, id: string, tell: () => void) {
  const shards = new Map<string, Shard>();
  /** Keys that were told to have changed. */
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const read = async (key: string): Promise<void> => {
    const held = await store.get(key);
    if (held === undefined) shards.delete(key);
    else shards.set(key, held.value);
  };
  const readAll = async (keys: readonly string[]): Promise<void> => {
    for (let at = 0; at < keys.length; at += READS_AT_ONCE)
      await Promise.all(keys.slice(at, at + READS_AT_ONCE).map(read));
    if (keys.length > 0) tell();
  };
  const readChanged = () => {
    timer = undefined;
    const keys = [...changed];
    changed = new Set();
    readAll(keys).catch((error: unknown) => {
      for (const one of keys) changed.add(one);
      log().warn({ job: id, error: messageOf(error) }, "shards could not be read");
    });
  };
  return {
    shards,
    /** A shard passes several states in a moment: one look is enough for them. */
    readSoon: (key: string) => {
      changed.add(key);
      timer ??= setTimeout(readChanged, GATHER_MS);
    },
    refresh: async () => {
      const keys = await store.keys(`${id}.>`);
      for (const key of shards.keys()) if (!keys.includes(key)) shards.delete(key);
      await readAll(keys.filter((key) => !isKnownToBeSettled(shards.get(key))));
    },
    keep: (key: string, shard: Shard) => {
      shards.set(key, shard);
      tell();
    },
    stop: () => clearTimeout(timer),
  };
}

function isKnownToBeSettled(shard: Shard | undefined): boolean {
  return shard !== undefined && isSettled(shard);
}

function onceATurn(act: () => void): () => void {
  let wanted = false;
  return () => {
    if (wanted) return;
    wanted = true;
    setImmediate(() => {
      wanted = false;
      act();
    });
  };
}
