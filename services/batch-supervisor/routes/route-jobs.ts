import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import { type EntryWatch, watchEntry } from "../../../shared/runtime/worker/entry-watch.ts";

/** The entries of a route's jobs, read again when something is told of them, and every few seconds in any case. */
export interface RouteJobs {
  /** Which jobs there are; the entries of new ones are read. */
  follow(jobs: readonly string[]): Promise<void>;
  get(job: string): RequestJob | undefined;
  all(): RequestJob[];
  /** Reads the entry now. */
  refresh(job: string): Promise<void>;
  stop(): void;
}

/** @param onChange called when an entry was read */
export function openRouteJobs(broker: Broker, store: Store<RequestJob>, onChange: () => void): RouteJobs {
  const watches = new Map<string, EntryWatch>();
  const latest = (watch: EntryWatch | undefined) => watch?.latest()?.value;
  return {
    follow: async (jobs) => {
      for (const [job, watch] of watches) {
        if (jobs.includes(job)) continue;
        watch.stop();
        watches.delete(job);
      }
      for (const job of jobs)
        if (!watches.has(job)) watches.set(job, watchEntry({ broker, store, job, onRead: onChange }));
      // Also those that could not be read before.
      const unread = jobs.flatMap((job) => (latest(watches.get(job)) === undefined ? watches.get(job)! : []));
      await Promise.all(unread.map((watch) => watch.refresh()));
    },
    get: (job) => latest(watches.get(job)),
    all: () => [...watches.values()].flatMap((watch) => latest(watch) ?? []),
    refresh: async (job) => {
      await watches.get(job)?.refresh();
    },
    stop: () => {
      for (const watch of watches.values()) watch.stop();
    },
  };
}
