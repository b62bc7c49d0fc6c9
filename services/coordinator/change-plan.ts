import { isPlan, type JobEntry, type PlanJob } from "../../shared/contracts/job-entry.ts";
import { UserError } from "../../shared/errors.ts";
import { type Change, changedEntry } from "./change-job.ts";
import { editJob } from "./edit-job.ts";
import type { Shop } from "./shop.ts";
import { stepJobs } from "./step-jobs.ts";

/**
 * Changes a job as a person asked for it; a plan together with its steps. They are changed first: if this process dies in
 * between, nothing goes on that was to stop, and what the plan says can be asked for again. They are changed once more
 * afterwards, since the plan's owner may just have submitted one.
 * @throws UserError where the job's state does not allow it
 */
export async function changeJobAndSteps(shop: Shop, entry: JobEntry, change: Change): Promise<JobEntry> {
  const changed = await changeDown(shop, entry, change);
  if (change === "resume" || change === "retry") await wakeParent(shop, entry);
  return changed;
}

async function changeDown(shop: Shop, entry: JobEntry, change: Change): Promise<JobEntry> {
  if (isPlan(entry)) {
    changedEntry(entry, change);
    await changeSteps(shop, entry, change);
  }
  const held = await editJob(shop.broker, shop.jobs, entry.id, (now) => changedEntry(now, change));
  if (isPlan(entry)) await changeSteps(shop, entry, change);
  return held!.value;
}

/** Changes the jobs of a plan's steps, those that their state allows it. */
export async function changeSteps(shop: Shop, plan: PlanJob, change: Change): Promise<void> {
  for (const { entry } of await stepJobs(shop, plan)) {
    await changeDown(shop, entry, change).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    });
  }
}

/** A plan that has ended or paused for what its steps had come to looks again when one of them goes on. */
async function wakeParent(shop: Shop, { parent }: JobEntry): Promise<void> {
  if (parent === null) return;
  const held = await editJob(shop.broker, shop.jobs, parent.plan, (plan) => {
    if (plan.state === "paused" && plan.reason?.code !== "user") return changedEntry(plan, "resume");
    return plan.state === "completed_with_errors" || plan.state === "failed"
      ? changedEntry(plan, "retry")
      : undefined;
  });
  if (held !== undefined) await wakeParent(shop, held.value);
}
