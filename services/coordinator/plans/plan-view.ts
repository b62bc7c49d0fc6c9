import { ENDED, type JobEntry, type PlanJob, type PlanStep } from "../../../shared/contracts/job-entry.ts";
import type { JobView, StepView } from "../../../shared/contracts/jobs-api.ts";
import type { StepProgress } from "../../../shared/contracts/plan-progress.ts";
import { sumOfBatches } from "../batches/batches-view.ts";
import type { CoordinatorContext } from "../context.ts";

/** How the job of a step is seen, which may be a plan itself. */
type ViewOf = (context: CoordinatorContext, entry: JobEntry) => Promise<JobView>;

type Counts = Pick<
  StepView,
  "rows" | "done" | "failed" | "truncated" | "repeated" | "promptTokens" | "completionTokens" | "cost"
>;

const NOTHING: Counts = {
  rows: null,
  done: 0,
  failed: 0,
  truncated: 0,
  repeated: 0,
  promptTokens: 0,
  completionTokens: 0,
  cost: 0,
};

/** A plan with its steps; what it counts is what they count. */
export async function planView(
  context: CoordinatorContext,
  entry: PlanJob,
  viewOf: ViewOf,
): Promise<JobView> {
  const { plan } = entry;
  const progress = (await context.plans.get(entry.id))?.value;
  const views = await Promise.all(
    plan.steps.map((step) => stepView(context, entry, step, progress?.steps[step.name], viewOf)),
  );
  const batches = sumOfBatches(
    views.flatMap(({ view }) => view.batches ?? []),
    ENDED.has(entry.state),
  );
  const waits = views.flatMap(({ view }) =>
    (view.waits ?? []).map((wait) => ({ ...wait, what: `${wait.what} (${view.name})` })),
  );
  return {
    job: entry.id,
    kind: entry.kind,
    state: entry.state,
    reason: entry.reason,
    run: entry.run,
    ...sumOf(views.map(({ view }) => view)),
    seconds: (progress?.activeMs ?? 0) / 1000,
    ...(batches && { batches }),
    ...(waits.length > 0 && { waits }),
    parent: entry.parent?.plan ?? null,
    steps: views.map(({ view }) => view),
    dataset: plan.input,
    annotator: [...new Set(views.flatMap(({ annotators }) => annotators))].join(", "),
    outputFolder: plan.outputFolder,
    output: plan.outputFolder,
    errors: plan.outputFolder,
    owner: progress?.owner ?? null,
    createdAt: entry.createdAt,
    endedAt: entry.endedAt,
  };
}

async function stepView(
  context: CoordinatorContext,
  plan: PlanJob,
  { name, does, kind, output: written }: PlanStep,
  record: StepProgress | undefined,
  viewOf: ViewOf,
): Promise<{ view: StepView; annotators: string[] }> {
  const { submission, run, state: planState } = plan;
  const isBegun = record?.submission === submission && record.run === run;
  const waits = !isBegun && !ENDED.has(planState);
  const entry = record?.job ? (await context.jobs.get(record.job))?.value : undefined;
  if (entry !== undefined) {
    const {
      job,
      state,
      reason,
      output,
      annotator,
      batches,
      waits: forWhat,
      ...counted
    } = await viewOf(context, entry);
    const stands = waits ? { state: "waiting" as const, reason: null } : { state, reason };
    const told = { ...(batches && { batches }), ...(forWhat && { waits: forWhat }) };
    const view = { name, kind, job, ...stands, ...countsOf(counted), ...told, output, result: null };
    return { view, annotators: annotator === "" ? [] : [annotator] };
  }
  const refusal = record?.refusal ?? null;
  const reason = refusal && { code: "refused", message: refusal.message };
  const rows = does === "tool" ? 0 : null;
  const said = { output: written, result: record?.result ?? null };
  const view = { name, kind, job: null, reason, ...NOTHING, rows, ...said };
  if (refusal !== null) return { view: { ...view, state: "refused" }, annotators: [] };
  if (does === "job" || waits || record === undefined)
    return { view: { ...view, state: "waiting" }, annotators: [] };
  const state = record.result !== null ? "completed" : planState === "running" ? "running" : "waiting";
  return { view: { ...view, state }, annotators: [] };
}

function countsOf(view: Counts): Counts {
  const names = Object.keys(NOTHING) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, view[name]])) as Counts;
}

/** Rows are unknown as long as those of a step are that was not refused, a cost where tokens have no price. */
function sumOf(steps: readonly StepView[]): Counts {
  const sum = (name: Exclude<keyof Counts, "rows" | "cost">) =>
    steps.reduce((total, step) => total + step[name], 0);
  const counted = steps.filter(({ state }) => state !== "refused");
  const unknown = counted.length === 0 || counted.some(({ rows }) => rows === null);
  const unpriced = steps.some(
    ({ cost, promptTokens, completionTokens }) => cost === null && promptTokens + completionTokens > 0,
  );
  return {
    rows: unknown ? null : counted.reduce((total, { rows }) => total + (rows ?? 0), 0),
    done: sum("done"),
    failed: sum("failed"),
    truncated: sum("truncated"),
    repeated: sum("repeated"),
    promptTokens: sum("promptTokens"),
    completionTokens: sum("completionTokens"),
    cost: unpriced ? null : steps.reduce((total, { cost }) => total + (cost ?? 0), 0),
  };
}
