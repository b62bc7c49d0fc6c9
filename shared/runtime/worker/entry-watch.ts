import type { RequestJob } from "../../contracts/job-entry.ts";
import { messageOf } from "../../errors.ts";
import { jobChanged } from "../../topology.ts";
import type { Broker } from "../broker.ts";
import { log } from "../log.ts";
import { onBroadcast } from "../requests.ts";
import type { Held, Store } from "../store.ts";

/** A job's entry, read again when something is told of it, every few seconds in any case, and before it is relied on. */
export interface EntryWatch {
  /** As last read; undefined: there is none. */
  latest(): Held<RequestJob> | undefined;
  /** A second old at most, while the broker answers. */
  fresh(): Promise<Held<RequestJob> | undefined>;
  /** Reads it now. It rejects where it cannot be read. */
  refresh(): Promise<Held<RequestJob> | undefined>;
  /** Reads it now; where it cannot be read, what was read before stands. */
  look(): Promise<void>;
  stop(): void;
}

export interface Watched {
  broker: Broker;
  store: Store<RequestJob>;
  job: string;
  /** Where it has been read already. */
  held?: Held<RequestJob>;
  /** Called when it was read, and is no older than what was read before. */
  onRead?: (held: Held<RequestJob> | undefined) => void;
}

const REFRESH_MS = 5_000;
const FRESH_MS = 1_000;

export function watchEntry({ broker, store, job, held, onRead }: Watched): EntryWatch {
  let latest = held;
  let readAtMs = held === undefined ? Number.NEGATIVE_INFINITY : performance.now();
  let looking: Promise<void> | undefined;

  const refresh = async () => {
    const read = await store.get(job);
    // Of two readings at once the older may come last.
    if (read !== undefined && latest !== undefined && read.revision < latest.revision) return latest;
    latest = read;
    readAtMs = performance.now();
    onRead?.(read);
    return read;
  };
  const look = async () => {
    await refresh().catch((error: unknown) =>
      log().warn({ error: messageOf(error), job }, "the job's entry could not be read"),
    );
  };
  const news = onBroadcast(broker, jobChanged(job), () => void look());
  const timer = setInterval(() => void look(), REFRESH_MS);
  return {
    latest: () => latest,
    refresh,
    look,
    fresh: async () => {
      if (performance.now() - readAtMs > FRESH_MS) {
        looking ??= look().finally(() => {
          looking = undefined;
        });
        await looking;
      }
      return latest;
    },
    stop: () => {
      news.stop();
      clearInterval(timer);
    },
  };
}
