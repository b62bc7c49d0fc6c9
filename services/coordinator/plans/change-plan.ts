import { isPlan, type JobEntry, type PlanJob, type PlanSpec } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import { type Change, changedEntry } from "../answering/change-job.ts";
import type { CoordinatorContext } from "../context.ts";
import { editJob } from "../job/edit-job.ts";
import { stepJobs } from "../job/step-jobs.ts";

/**
 * Changes a job as a person asked for it; a plan together with its steps. What is to stop stops first: if this process dies
 * in between, nothing goes on that was not to, and what the plan says can be asked for again. Steps are stopped once more
 * afterwards, since the plan's owner may just have begun one. What is to go on is begun again by the plan's owner.
 * @throws UserError where the job's state does not allow it
 */
export async function changeJobAndSteps(
  context: CoordinatorContext,
  entry: JobEntry,
  change: Change,
): Promise<JobEntry> {
  const changed = await changeDown(context, entry, change);
  if (change === "resume" || change === "retry") await wakeParent(context, entry);
  return changed;
}

async function changeDown(context: CoordinatorContext, entry: JobEntry, change: Change): Promise<JobEntry> {
  const stops = isPlan(entry) && (change === "pause" || change === "cancel");
  if (stops) {
    changedEntry(entry, change);
    await changeSteps(context, entry, change);
  }
  const held = await editJob(context.broker, context.jobs, entry.id, (now) =>
    isPlan(now) ? changedPlan(now, change) : changedEntry(now, change),
  );
  if (stops) await changeSteps(context, entry, change);
  return held!.value;
}

/** Stops the jobs of a plan's steps, those that their state allows it. */
export async function changeSteps(
  context: CoordinatorContext,
  plan: PlanJob,
  change: "pause" | "cancel",
): Promise<void> {
  for (const { entry } of await stepJobs(context, plan)) {
    await changeDown(context, entry, change).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
    });
  }
}

/**
 * A plan's entry after a change. To go on is a run of its own, in which all steps are begun again: their jobs decide for
 * themselves what is done, and what was made anew before is not so once more.
 */
function changedPlan(plan: PlanJob, change: Change): PlanJob | undefined {
  const changed = changedEntry(plan, change) as PlanJob | undefined;
  if (changed === undefined || change === "pause" || change === "cancel") return changed;
  const run = plan.run + 1;
  return { ...changed, run, plan: again(plan.plan, change === "retry" ? { retry_failed: true } : {}) };
}

function again(plan: PlanSpec, told: { retry_failed?: boolean }): PlanSpec {
  const steps = plan.steps.map((step) => {
    const { overwrite: _, retry_failed: __, ...message } = step.message;
    return step.does === "job" ? { ...step, message: { ...message, ...told } } : step;
  });
  return { ...plan, steps, anew: false };
}

/** A plan that has ended or paused for what its steps had come to looks again when one of them goes on. */
async function wakeParent(context: CoordinatorContext, { parent }: JobEntry): Promise<void> {
  if (parent === null) return;
  const held = await editJob(context.broker, context.jobs, parent.plan, (plan) => {
    const rests = plan.state === "paused" && plan.reason?.code !== "user";
    const ended = plan.state === "completed_with_errors" || plan.state === "failed";
    if (!isPlan(plan) || !(rests || ended)) return undefined;
    const goesOn = { state: "running", reason: null, endedAt: null } as const;
    return { ...plan, ...goesOn, run: plan.run + 1, plan: again(plan.plan, {}) };
  });
  if (held !== undefined) await wakeParent(context, held.value);
}
