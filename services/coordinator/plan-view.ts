import type { JobEntry, PlanJob, PlanStep } from "../../shared/contracts/job-entry.ts";
import type { JobView, StepView } from "../../shared/contracts/jobs-api.ts";
import type { StepProgress } from "../../shared/contracts/plan-progress.ts";
import type { Shop } from "./shop.ts";

/** How the job of a step is seen, which may be a plan itself. */
type ViewOf = (shop: Shop, entry: JobEntry) => Promise<JobView>;

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
export async function planView(shop: Shop, entry: PlanJob, viewOf: ViewOf): Promise<JobView> {
  const { plan } = entry;
  const progress = (await shop.plans.get(entry.id))?.value;
  const views = await Promise.all(
    plan.steps.map((step) => stepView(shop, step, progress?.steps[step.name], viewOf)),
  );
  return {
    job: entry.id,
    kind: entry.kind,
    state: entry.state,
    reason: entry.reason,
    run: entry.run,
    ...sumOf(views.map(({ view }) => view)),
    seconds: (progress?.activeMs ?? 0) / 1000,
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
  shop: Shop,
  { name, kind }: PlanStep,
  record: StepProgress | undefined,
  viewOf: ViewOf,
): Promise<{ view: StepView; annotators: string[] }> {
  const entry = record?.job ? (await shop.jobs.get(record.job))?.value : undefined;
  if (entry !== undefined) {
    const { job, state, reason, output, annotator, ...counted } = await viewOf(shop, entry);
    const view = { name, kind, job, state, reason, ...countsOf(counted), output };
    return { view, annotators: annotator === "" ? [] : [annotator] };
  }
  const refusal = record?.refusal ?? null;
  const reason = refusal && { code: "refused", message: refusal.message };
  const state = refusal === null ? ("waiting" as const) : ("refused" as const);
  return { view: { name, kind, job: null, state, reason, ...NOTHING, output: null }, annotators: [] };
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
