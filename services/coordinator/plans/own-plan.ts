import { ENDED, isPlan, type PlanJob } from "../../../shared/contracts/job-entry.ts";
import type { PlanProgress, StepProgress } from "../../../shared/contracts/plan-progress.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Lease } from "../../../shared/runtime/lease.ts";
import { log } from "../../../shared/runtime/log.ts";
import { isPassing } from "../../../shared/runtime/patiently.ts";
import { onBroadcast } from "../../../shared/runtime/requests.ts";
import { Wake } from "../../../shared/timing/wake.ts";
import type { CoordinatorContext } from "../context.ts";
import { editJob } from "../job/edit-job.ts";
import { OwnershipLost, ProgressKeeper } from "../job/progress-keeper.ts";
import type { RepeatedFaults } from "../owning/repeated-faults.ts";
import { beginStep } from "./begin-step.ts";
import { changeSteps } from "./change-plan.ts";
import { nextOfPlan, type PlanMove, type StepStanding } from "./next-of-plan.ts";
import { PlanTools } from "./plan-tools.ts";
import type { KnownHashes } from "./step-made.ts";

/**
 * A plan's life in the hands of its owner: it begins the steps, each once in a submission and run of the plan and behind
 * those that it waits for, watches them, and ends the plan when nothing more happens by itself. It can be left at any
 * point: a job knows by which act of the plan it was submitted, so that the next owner's same act changes nothing, and a
 * tool can run again. A paused plan has no owner.
 */
const LOOK_MS = 1000;
const SAVE_EVERY_MS = 5000;
const AGAIN_MS = 1000;

interface OwnedPlan {
  context: CoordinatorContext;
  keeper: ProgressKeeper<PlanProgress>;
  tools: PlanTools;
  known: KnownHashes;
  wake: Wake;
  signal: AbortSignal;
}

/** Resolves when the plan ended or paused, or this process no longer owns it. */
export async function ownPlan(
  context: CoordinatorContext,
  plan: PlanJob,
  lease: Lease,
  faults: RepeatedFaults,
): Promise<void> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, lease.signal, context.stopping]);
  const wake = new Wake();
  const events = onBroadcast(context.broker, "events.job.*", () => wake.notify());
  signal.addEventListener("abort", () => wake.notify(), { once: true });
  const tools = new PlanTools(context, signal, () => wake.notify());
  try {
    const owner = `${context.replica}-${lease.term}`;
    const keeper = await takeOverPlan(context, plan, owner);
    log().info({ job: plan.id, owner, run: plan.run }, "owning the plan");
    await carryThrough({ context, keeper, tools, known: new Map(), wake, signal }, plan.id);
    faults.clear(plan.id);
  } catch (error) {
    if (error instanceof OwnershipLost || signal.aborted) {
      log().warn({ job: plan.id, why: messageOf(error) }, "no longer owning the plan");
    } else {
      log().error({ err: error, job: plan.id }, "owning the plan failed; it is taken up again");
      if (isPassing(error) || !faults.add(plan.id)) await wake.wait(AGAIN_MS);
      else await giveUp(context, plan, error);
    }
  } finally {
    leaving.abort();
    events.stop();
    await tools.ended();
    await lease.release();
  }
}

/** It fails again and again: it must say so, instead of being taken up for ever. */
async function giveUp(context: CoordinatorContext, { id, run }: PlanJob, error: unknown): Promise<void> {
  const message = `Assay fails at this job again and again (${messageOf(error)}): "assay logs coordinator" says more, and "assay resume ${id}" tries once more.`;
  await editJob(context.broker, context.jobs, id, (now) =>
    now.state === "running" && now.run === run
      ? { ...now, state: "paused", reason: { code: "fault", message } }
      : undefined,
  );
}

/** What was refused before is tried again: somebody may have put it right. */
async function takeOverPlan(
  context: CoordinatorContext,
  plan: PlanJob,
  owner: string,
): Promise<ProgressKeeper<PlanProgress>> {
  for (;;) {
    const held = await context.plans.get(plan.id);
    const { steps = {}, activeMs = 0 } = held?.value ?? {};
    const kept = Object.entries(steps).map(([name, record]) => [name, untried(record)]);
    const value = { owner, steps: Object.fromEntries(kept), activeMs };
    const taken = held
      ? await context.plans.update(plan.id, value, held.revision)
      : await context.plans.create(plan.id, value);
    if (taken !== undefined) return new ProgressKeeper(context.plans, plan.id, taken);
  }
}

/** A record of a step that was refused is one of no act: what was made before stays known. */
function untried(record: StepProgress): StepProgress {
  return record.refusal === null ? record : { ...record, submission: 0, refusal: null };
}

async function carryThrough(owned: OwnedPlan, id: string): Promise<void> {
  const { context, keeper, wake, signal } = owned;
  let [tickedAt, savedAt] = [performance.now(), performance.now()];
  while (!signal.aborted) {
    const plan = (await context.jobs.get(id))?.value;
    if (plan === undefined || !isPlan(plan)) return;
    if (plan.state !== "running") return await leave(owned, plan);
    const now = performance.now();
    keeper.draft.activeMs += now - tickedAt;
    tickedAt = now;
    await enterOutcomes(owned);
    const move = nextOfPlan(await standingsOf(owned, plan));
    if (move.kind === "begin") await beginSteps(owned, plan, move.steps);
    else if (move.kind === "end") {
      await keeper.save();
      if (await endPlan(owned, plan, move)) return;
    } else {
      if (now - savedAt > SAVE_EVERY_MS) {
        savedAt = now;
        await keeper.save();
      }
      await wake.wait(LOOK_MS);
    }
  }
}

/** Somebody paused or cancelled the plan: a step that was just begun must not go on alone. */
async function leave({ context, keeper }: OwnedPlan, plan: PlanJob): Promise<void> {
  await keeper.save();
  if (plan.state === "paused") await changeSteps(context, plan, "pause");
  else if (plan.state === "cancelled") await changeSteps(context, plan, "cancel");
}

async function standingsOf({ context, keeper, tools }: OwnedPlan, plan: PlanJob): Promise<StepStanding[]> {
  return await Promise.all(
    plan.plan.steps.map(async ({ name, does, after }): Promise<StepStanding> => {
      const record = keeper.draft.steps[name];
      if (record === undefined || !isOfNow(record, plan)) return { name, after, kind: "waiting" };
      if (record.refusal !== null) return { name, after, kind: "refused", ...record.refusal };
      if (does === "tool") {
        const state = record.result !== null ? "completed" : tools.has(name) ? "running" : undefined;
        return state === undefined
          ? { name, after, kind: "waiting" }
          : { name, after, kind: "begun", state, reason: null };
      }
      const job = (await context.jobs.get(record.job!))?.value;
      return job === undefined
        ? { name, after, kind: "waiting" }
        : { name, after, kind: "begun", state: job.state, reason: job.reason };
    }),
  );
}

function isOfNow({ submission, run }: StepProgress, plan: PlanJob): boolean {
  return submission === plan.submission && run === plan.run;
}

async function beginSteps(owned: OwnedPlan, plan: PlanJob, names: string[]): Promise<void> {
  const { context, keeper, tools, known } = owned;
  // Somebody who was replaced finds that out here.
  await keeper.save();
  const steps = plan.plan.steps.filter(({ name }) => names.includes(name));
  const begun = steps.map(async (step) => {
    const record = await beginStep(context, plan, step, keeper.draft.steps[step.name], known);
    keeper.draft.steps[step.name] = record;
    if (step.does === "tool" && record.refusal === null && record.result === null) tools.begin(step);
  });
  await Promise.all(begun);
  await keeper.save();
}

async function enterOutcomes({ keeper, tools }: OwnedPlan): Promise<void> {
  const outcomes = tools.takeOutcomes();
  for (const [name, outcome] of outcomes) Object.assign(keeper.draft.steps[name]!, outcome);
  if (outcomes.length > 0) await keeper.save();
}

/** False where somebody changed the plan meanwhile. */
async function endPlan(
  { context }: OwnedPlan,
  plan: PlanJob,
  { state, reason }: Extract<PlanMove, { kind: "end" }>,
): Promise<boolean> {
  const endedAt = ENDED.has(state) ? new Date().toISOString() : null;
  const held = await editJob(context.broker, context.jobs, plan.id, (now) =>
    now.state === "running" && now.run === plan.run && now.submission === plan.submission
      ? { ...now, state, reason, endedAt }
      : undefined,
  );
  const ended = held?.value.state === state;
  if (ended) log().info({ job: plan.id, reason: reason?.message }, state);
  return ended;
}
