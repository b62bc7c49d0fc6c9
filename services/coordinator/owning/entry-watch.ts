import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { log } from "../../../shared/runtime/log.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import type { Wake } from "../../../shared/timing/wake.ts";
import { jobChanged } from "../../../shared/topology.ts";

const ENTRY_LOOK_MS = 2000;

export interface EntryWatch {
  /** The entry as last read. */
  current: () => RequestJob;
  /** Reads it now. */
  refresh: () => Promise<void>;
  stop: () => void;
}

export function watchEntry(
  owning: { broker: Broker; jobs: Store<JobEntry>; entry: RequestJob },
  wake: Wake,
  signal: AbortSignal,
): EntryWatch {
  let entry = owning.entry;
  const look = async () => {
    const held = await owning.jobs.get(owning.entry.id);
    if (held === undefined) entry = { ...entry, state: "cancelled" };
    else if (!isPlan(held.value)) entry = held.value;
    wake.notify();
  };
  const lookSafely = () =>
    void look().catch((error: unknown) => log().warn({ err: error }, "reading the job failed"));
  const events = onBroadcast(owning.broker, jobChanged(owning.entry.id), lookSafely);
  const timer = setInterval(lookSafely, ENTRY_LOOK_MS);
  const stop = () => {
    events.stop();
    clearInterval(timer);
  };
  signal.addEventListener("abort", stop, { once: true });
  return { current: () => entry, refresh: look, stop };
}
