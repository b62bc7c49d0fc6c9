import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { jobList } from "../../../shared/runtime/job-list.ts";
import { log } from "../../../shared/runtime/log.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import { jobsOwned } from "../collecting/collector-metrics.ts";
import type { CoordinatorContext } from "../context.ts";
import { editJob } from "../job/edit-job.ts";
import { ownPlan } from "../plans/own-plan.ts";
import { ownJob } from "./own-job.ts";
import { RepeatedFaults } from "./repeated-faults.ts";
import { isResting, wantOwner } from "./want-owner.ts";

const LOOK_MS = 1000;

/**
 * Takes the leases of jobs that want an owner, and owns them until they end.
 *
 * | a job is | and is | when |
 * |---|---|---|
 * | not owned here | tried (want-owner.ts) | it runs or exports; or it rests, and something of it is under way; or it waits and there is a slot |
 * | tried | owned | its lease is free, and it still wants an owner when it is read again under the lease |
 * | tried | not owned here | somebody else has the lease: looked at again a second later |
 * | owned | not owned here | it has ended, rests, or its lease is lost: all jobs are looked at again at once |
 */
export function claimJobs(context: CoordinatorContext): { look(): void; stop(): Promise<void> } {
  const owned = new Map<string, Promise<void>>();
  const list = jobList(context.jobs);
  const faults = new RepeatedFaults();
  const lookAll = async () => {
    for (const entry of wantOwner(await list.all(), context.maxRunningJobs)) {
      if (owned.has(entry.id) || context.stopping.aborted) continue;
      const life = own(context, entry, faults)
        .catch((error: unknown) => log().error({ err: error, job: entry.id }, "owning a job failed"))
        .then((hadIt) => {
          owned.delete(entry.id);
          // What is somebody else's is looked at again in its time.
          if (hadIt !== false) looks.want();
        });
      owned.set(entry.id, life);
    }
  };
  const looks = oneAtATime(context.stopping, () =>
    lookAll().catch((error: unknown) => log().warn({ error: messageOf(error) }, "looking for jobs failed")),
  );
  const timer = setInterval(looks.want, LOOK_MS);
  const events = onBroadcast(context.broker, "events.job.*", looks.want);
  looks.want();
  return {
    look: looks.want,
    stop: async () => {
      clearInterval(timer);
      events.stop();
      await looks.idle();
      await Promise.allSettled([...owned.values()]);
    },
  };
}

/** False: there is nothing to own, or somebody else does. */
async function own(context: CoordinatorContext, entry: JobEntry, faults: RepeatedFaults): Promise<boolean> {
  if (isResting(entry) && !(await hasBegun(context, entry))) return false;
  const lease = await context.leases.tryAcquire(`job.${entry.id}`);
  if (lease === undefined) return false;
  // Read again under the lease: it may have ended, or been started anew, since the list was read.
  const current = await start(context, entry.id);
  if (current === undefined) {
    await lease.release();
    return false;
  }
  jobsOwned.inc();
  await (isPlan(current)
    ? ownPlan(context, current, lease, faults)
    : ownJob({ ...context, entry: current, lease, faults }));
  jobsOwned.dec();
  return true;
}

/** Work that is done once more if it is wanted while it is under way. */
function oneAtATime(stopping: AbortSignal, work: () => Promise<unknown>) {
  let working: Promise<void> | undefined;
  let again = false;
  const want = () => {
    if (stopping.aborted) return;
    if (working !== undefined) {
      again = true;
      return;
    }
    working = work().then(() => {
      working = undefined;
      if (!again) return;
      again = false;
      want();
    });
  };
  return { want, idle: async () => await working };
}

async function start(context: CoordinatorContext, id: string): Promise<JobEntry | undefined> {
  const held = await editJob(context.broker, context.jobs, id, (now) =>
    now.state === "queued" ? { ...now, state: "running" } : undefined,
  );
  if (held === undefined) return undefined;
  const { state } = held.value;
  if (state === "running" || state === "exporting") return held.value;
  return isResting(held.value) ? held.value : undefined;
}

/** A run that nobody has begun has nothing under way. */
async function hasBegun(context: CoordinatorContext, { id, run, settling }: RequestJob): Promise<boolean> {
  return settling === true || (await context.progress.get(id))?.value.run === run;
}
