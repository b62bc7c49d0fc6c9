import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { laneOf } from "../../../shared/lanes.ts";

/** The jobs that want an owner now, those that run first; of those that wait, as many as there are slots. */
export function wantOwner(entries: readonly JobEntry[], maxRunningJobs: number): JobEntry[] {
  const running = entries.filter(({ state }) => state === "running" || state === "exporting");
  const queued = entries.filter(({ state }) => state === "queued");
  // A plan makes no requests: if it took a slot, its own jobs could wait for that for ever.
  const requests = queued.flatMap((entry) => (isPlan(entry) ? [] : [entry])).sort(byPriority);
  const free = Math.max(0, maxRunningJobs - running.filter((entry) => !isPlan(entry)).length);
  return [...running, ...entries.filter(isResting), ...queued.filter(isPlan), ...requests.slice(0, free)];
}

/** Batches bring results also while their job is paused, and after it has ended. */
export function isResting(entry: JobEntry): entry is RequestJob {
  if (isPlan(entry)) return false;
  return entry.settling === true || (entry.state === "paused" && laneOf(entry.spec.dispatch).hasBatches);
}

function byPriority(a: RequestJob, b: RequestJob): number {
  return b.spec.dispatch.priority - a.spec.dispatch.priority || a.createdAt.localeCompare(b.createdAt);
}
