import { existsSync } from "node:fs";
import type { PlanJob, PlanStep } from "../../../shared/contracts/job-entry.ts";
import type { StepProgress } from "../../../shared/contracts/plan-progress.ts";
import { UserError } from "../../../shared/errors.ts";
import type { CoordinatorContext } from "../context.ts";
import { resolveMessage } from "../kinds/job-kinds.ts";
import { applyPlan } from "../submitting/apply-plan.ts";
import { applySubmission } from "../submitting/apply-submission.ts";
import { type KnownHashes, madeOf } from "./step-made.ts";

/**
 * Begins a step of a plan: submits its job, or finds that its tool has to run, which the record then has no result of.
 * What was made of the same before is kept; what was made of something else is made anew.
 * @param before what is known of it from an earlier act of the plan
 */
export async function beginStep(
  context: CoordinatorContext,
  plan: PlanJob,
  step: PlanStep,
  before: StepProgress | undefined,
  known: KnownHashes,
): Promise<StepProgress> {
  const { submission, run } = plan;
  const record = { submission, run, job: null, refusal: null, made: before?.made ?? null, result: null };
  try {
    const made = step.reads === null ? null : await madeOf(step, known);
    if (step.does === "tool") return { ...record, made, result: keptResult(plan, step, before, made) };
    const changed = before?.made != null && before.made !== made;
    const anew = made !== null && (plan.plan.anew || changed);
    return { ...record, made, job: await submitJob(context, plan, step, anew) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...record, refusal: { message: error.message, exitCode: error.exitCode } };
  }
}

/** What a tool said when it made the very same, if that is still there. */
function keptResult(
  { plan: { anew } }: PlanJob,
  { output }: PlanStep,
  before: StepProgress | undefined,
  made: string | null,
): StepProgress["result"] {
  if (anew || before === undefined || before.made !== made || before.result === null) return null;
  return output === null || existsSync(output) ? before.result : null;
}

async function submitJob(
  context: CoordinatorContext,
  { id, submission, run, traceparent, plan }: PlanJob,
  { kind, message }: PlanStep,
  anew: boolean,
): Promise<string> {
  const { registry, roots } = context;
  const told = anew ? { ...message, overwrite: true } : message;
  const submitted = await resolveMessage(kind, told, { registry, roots, granted: plan.granted });
  const applying = { act: { mark: { plan: id, submission, run } }, traceparent };
  const { job } =
    "plan" in submitted
      ? await applyPlan(context, submitted, applying)
      : await applySubmission(context, submitted, applying);
  return job;
}
