import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import { jobChanged } from "../../../shared/topology.ts";

/** The entries of a route's jobs, read again when something is told of them, and every few seconds in any case. */
export interface JobBook {
  /** Which jobs there are; the entries of new ones are read. */
  follow(jobs: readonly string[]): Promise<void>;
  get(job: string): RequestJob | undefined;
  all(): RequestJob[];
  /** Reads the entry now. */
  refresh(job: string): Promise<RequestJob | undefined>;
  stop(): void;
}

const REFRESH_MS = 5_000;

/** @param onChange called when an entry was read that was told to have changed */
export function openJobBook(broker: Broker, store: Store<RequestJob>, onChange: () => void): JobBook {
  let followed = new Set<string>();
  const entries = new Map<string, RequestJob>();

  const refresh = async (job: string): Promise<RequestJob | undefined> => {
    const held = await store.get(job);
    if (held === undefined) entries.delete(job);
    else entries.set(job, held.value);
    return held?.value;
  };
  const refreshSafely = (job: string) =>
    void refresh(job).then(onChange, () => {
      // It is read again soon.
    });
  const events = onBroadcast(broker, jobChanged("*"), (subject) => {
    const job = subject.slice(jobChanged("").length);
    if (followed.has(job)) refreshSafely(job);
  });
  const timer = setInterval(() => {
    for (const job of followed) refreshSafely(job);
  }, REFRESH_MS);
  return {
    follow: async (jobs) => {
      followed = new Set(jobs);
      for (const job of entries.keys()) if (!followed.has(job)) entries.delete(job);
      await Promise.all(jobs.filter((job) => !entries.has(job)).map(refresh));
    },
    get: (job) => entries.get(job),
    all: () => [...entries.values()],
    refresh,
    stop: () => {
      clearInterval(timer);
      events.stop();
    },
  };
}
