import type { JobEntry } from "../../../shared/contracts/job-entry.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { broadcast } from "../../../shared/runtime/requests.ts";
import type { Held, Store } from "../../../shared/runtime/store.ts";
import { jobChanged } from "../../../shared/topology.ts";

/**
 * Changes a job's entry by compare-and-set, as often as others come between, and tells everybody.
 * @param change returns the new entry, or undefined to leave it as it is
 * @returns the entry as it stands afterwards, undefined when there is none
 */
export async function editJob(
  broker: Broker,
  jobs: Store<JobEntry>,
  id: string,
  change: (entry: JobEntry) => JobEntry | undefined,
): Promise<Held<JobEntry> | undefined> {
  for (;;) {
    const held = await jobs.get(id);
    if (held === undefined) return undefined;
    const next = change(held.value);
    if (next === undefined) return held;
    const written = await jobs.update(id, next, held.revision);
    if (written === undefined) continue;
    broadcast(broker, jobChanged(id), {});
    return written;
  }
}
