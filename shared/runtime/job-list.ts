import type { JobEntry } from "../contracts/job-entry.ts";
import { messageOf } from "../errors.ts";
import { log } from "./log.ts";
import type { Store } from "./store.ts";

/**
 * All jobs; read again only when something in the bucket changed. An entry that cannot be read, as of a newer version,
 * is left out and logged: it must not hold up the others.
 */
export function jobList(jobs: Store<JobEntry>): { all(): Promise<JobEntry[]> } {
  let version = -1;
  let entries: JobEntry[] = [];
  const read = async (key: string): Promise<JobEntry[]> => {
    try {
      const held = await jobs.get(key);
      return held === undefined ? [] : [held.value];
    } catch (error) {
      log().error({ job: key, error: messageOf(error) }, "a job's entry cannot be read, it is passed over");
      return [];
    }
  };
  return {
    async all() {
      const now = await jobs.version();
      if (now === version) return entries;
      const keys = await jobs.keys();
      entries = (await Promise.all(keys.map(read))).flat();
      version = now;
      return entries;
    },
  };
}
