import { randomUUID } from "node:crypto";
import { ENDED, isPlan, type JobState, type PlanJob } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import type { CoordinatorContext } from "../context.ts";
import type { SubmittedPlan } from "../kinds/job-kind.ts";
import { isApplied, originAfter } from "./act.ts";
import { type Applied, type Applying, replaceEntry } from "./apply-submission.ts";

/** The broker's largest value is not much larger. */
const LARGEST_PLAN_BYTES = 3 * 1024 * 1024;
const NOTES: Partial<Record<JobState, string>> = {
  paused: "The paused job goes on.",
  queued: "This job is under way already: following it.",
  running: "This job is under way already: following it.",
};

/**
 * Makes or changes the plan of a submission, once however often it comes. Its owner then submits the jobs of all steps
 * again: those decide for themselves what is done and what is to be done.
 */
export async function applyPlan(
  context: CoordinatorContext,
  submitted: SubmittedPlan,
  applying: Applying,
): Promise<Applied> {
  for (;;) {
    const held = await context.jobs.get(submitted.id);
    const existing = held !== undefined && isPlan(held.value) ? held.value : undefined;
    if (existing !== undefined && isApplied(existing, applying.act))
      return { job: existing.id, state: existing.state, note: null };
    refuseTooLarge(submitted);
    const entry = existing ? goingOn(existing, submitted, applying) : newPlan(submitted, applying);
    const note = (existing && NOTES[existing.state]) ?? null;
    if (await replaceEntry(context, held, entry)) return { job: entry.id, state: entry.state, note };
  }
}

function refuseTooLarge({ plan }: SubmittedPlan): void {
  const bytes = Buffer.byteLength(JSON.stringify(plan));
  if (bytes <= LARGEST_PLAN_BYTES) return;
  throw new UserError(
    `The messages of the ${plan.steps.length} jobs together have ${bytes} bytes, and may have ${LARGEST_PLAN_BYTES}: shorten their texts, or submit the jobs one by one.`,
  );
}

function newPlan({ id, kind, plan }: SubmittedPlan, { act, traceparent }: Applying): PlanJob {
  return {
    id,
    kind,
    run: 1,
    state: "queued",
    reason: null,
    ...originAfter(act, undefined),
    uuid: randomUUID(),
    traceparent,
    createdAt: new Date().toISOString(),
    endedAt: null,
    plan,
  };
}

function goingOn(existing: PlanJob, { plan }: SubmittedPlan, { act }: Applying): PlanJob {
  const ended = ENDED.has(existing.state);
  const run = ended ? existing.run + 1 : existing.run;
  const state = ended || existing.state === "queued" ? "queued" : "running";
  return { ...existing, ...originAfter(act, existing), plan, run, state, reason: null, endedAt: null };
}
