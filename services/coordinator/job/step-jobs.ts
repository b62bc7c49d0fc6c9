import { isPlan, type JobEntry, type PlanJob, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { StepProgress } from "../../../shared/contracts/plan-progress.ts";
import type { CoordinatorContext } from "../context.ts";

/** A step of a plan whose job has been submitted. */
export interface StepJob<Entry extends JobEntry = JobEntry> {
  name: string;
  entry: Entry;
}

/** The jobs of the plan's steps, in the plan's order; steps that have none yet are left out. */
export async function stepJobs(context: CoordinatorContext, plan: PlanJob): Promise<StepJob[]> {
  const records: Record<string, StepProgress> = (await context.plans.get(plan.id))?.value.steps ?? {};
  const jobs = plan.plan.steps.map(async ({ name }) => {
    const job = records[name]?.job;
    const entry = job ? (await context.jobs.get(job))?.value : undefined;
    return entry === undefined ? [] : [{ name, entry }];
  });
  return (await Promise.all(jobs)).flat();
}

/** The jobs that make requests, of steps of steps too; those of a plan within the plan are called STEP/STEP. */
export async function requestJobs(
  context: CoordinatorContext,
  plan: PlanJob,
): Promise<StepJob<RequestJob>[]> {
  const found: StepJob<RequestJob>[] = [];
  for (const { name, entry } of await stepJobs(context, plan)) {
    if (!isPlan(entry)) found.push({ name, entry });
    else
      for (const inner of await requestJobs(context, entry))
        found.push({ ...inner, name: `${name}/${inner.name}` });
  }
  return found;
}
