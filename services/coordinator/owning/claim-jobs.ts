import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { jobList } from "../../../shared/runtime/job-list.ts";
import { log } from "../../../shared/runtime/log.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import { jobsOwned } from "../collecting/collector-metrics.ts";
import type { Shop } from "../context.ts";
import { editJob } from "../job/edit-job.ts";
import { ownPlan } from "../plans/own-plan.ts";
import { ownJob } from "./own-job.ts";
import { RepeatedFaults } from "./repeated-faults.ts";

const LOOK_MS = 1000;

/** Takes the leases of jobs that want an owner, and owns them until they end. */
export function claimJobs(shop: Shop): { look(): void; stop(): Promise<void> } {
  const owned = new Map<string, Promise<void>>();
  const list = jobList(shop.jobs);
  const faults = new RepeatedFaults();
  let looking: Promise<void> | undefined;
  let again = false;

  /** False: there is nothing to own, or somebody else does. */
  const own = async (entry: JobEntry): Promise<boolean> => {
    if (isResting(entry) && !(await hasBegun(shop, entry))) return false;
    const lease = await shop.leases.tryAcquire(`job.${entry.id}`);
    if (lease === undefined) return false;
    // Read again under the lease: it may have ended, or been started anew, since the list was read.
    const current = await start(shop, entry.id);
    if (current === undefined) {
      await lease.release();
      return false;
    }
    jobsOwned.inc();
    await (isPlan(current)
      ? ownPlan(shop, current, lease, faults)
      : ownJob({ ...shop, entry: current, lease, faults }));
    jobsOwned.dec();
    return true;
  };
  const lookAll = async () => {
    const entries = await list.all();
    const running = entries.filter(({ state }) => state === "running" || state === "exporting");
    const queued = entries.filter(({ state }) => state === "queued");
    // A plan makes no requests: if it took a slot, its own jobs could wait for that for ever.
    const requests = queued.flatMap((entry) => (isPlan(entry) ? [] : [entry])).sort(byPriority);
    const free = Math.max(0, shop.maxRunningJobs - running.filter((entry) => !isPlan(entry)).length);
    const resting = entries.filter(isResting);
    for (const entry of [...running, ...resting, ...queued.filter(isPlan), ...requests.slice(0, free)]) {
      if (owned.has(entry.id) || shop.stopping.aborted) continue;
      const life = own(entry)
        .catch((error: unknown) => log().error({ err: error, job: entry.id }, "owning a job failed"))
        .then((hadIt) => {
          owned.delete(entry.id);
          // What is somebody else's is looked at again in its time.
          if (hadIt !== false) look();
        });
      owned.set(entry.id, life);
    }
  };
  const look = () => {
    if (shop.stopping.aborted) return;
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = lookAll()
      .catch((error: unknown) => log().warn({ error: messageOf(error) }, "looking for jobs failed"))
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          look();
        }
      });
  };
  const timer = setInterval(look, LOOK_MS);
  const events = onBroadcast(shop.broker, "events.job.*", look);
  look();
  return {
    look,
    stop: async () => {
      clearInterval(timer);
      events.stop();
      await looking;
      await Promise.allSettled([...owned.values()]);
    },
  };
}

async function start(shop: Shop, id: string): Promise<JobEntry | undefined> {
  const held = await editJob(shop.broker, shop.jobs, id, (now) =>
    now.state === "queued" ? { ...now, state: "running" } : undefined,
  );
  if (held === undefined) return undefined;
  const { state } = held.value;
  if (state === "running" || state === "exporting") return held.value;
  return isResting(held.value) ? held.value : undefined;
}

/** Batches bring results also while their job is paused, and after it has ended. */
function isResting(entry: JobEntry): entry is RequestJob {
  if (isPlan(entry)) return false;
  return entry.settling === true || (entry.state === "paused" && laneOf(entry.spec.dispatch).hasBatches);
}

/** A run that nobody has begun has nothing under way. */
async function hasBegun(shop: Shop, { id, run, settling }: RequestJob): Promise<boolean> {
  return settling === true || (await shop.progress.get(id))?.value.run === run;
}

function byPriority(a: RequestJob, b: RequestJob): number {
  return b.spec.dispatch.priority - a.spec.dispatch.priority || a.createdAt.localeCompare(b.createdAt);
}
