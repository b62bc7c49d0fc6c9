import { join } from "node:path";
import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { JobView } from "../../../shared/contracts/jobs-api.ts";
import { batchesView } from "../batches/batches-view.ts";
import type { CoordinatorContext } from "../context.ts";
import { batchTokens, costSoFar } from "../job/job-cost.ts";
import { planView } from "../plans/plan-view.ts";
import { waitsOf } from "./job-waits.ts";

const NOTHING = { promptTokens: 0, completionTokens: 0, batches: [] };

/** A job as a person sees it. */
export async function viewOf(context: CoordinatorContext, entry: JobEntry): Promise<JobView> {
  if (isPlan(entry)) return await planView(context, entry, viewOf);
  const view = requestView(entry, (await context.progress.get(entry.id))?.value);
  const waits = waitsOf(entry, context.pulses, Date.now());
  return waits.length === 0 ? view : { ...view, waits };
}

function requestView(entry: RequestJob, progress: JobProgress | undefined): JobView {
  const { spec } = entry;
  // Of a run that nobody has begun only what earlier runs leave to it is known: nothing that could be shown as its own.
  const own = progress !== undefined && progress.run === entry.run ? progress : undefined;
  const batched = batchTokens({ batches: own?.batches ?? [] });
  const batches = batchesView(entry, own);
  return {
    job: entry.id,
    kind: entry.kind,
    state: entry.state,
    reason: entry.reason,
    run: entry.run,
    rows: own?.rows ?? null,
    done: own?.done ?? 0,
    failed: own?.failed ?? 0,
    truncated: own?.truncated ?? 0,
    repeated: own?.repeated ?? 0,
    promptTokens: (own?.promptTokens ?? 0) + batched.promptTokens,
    completionTokens: (own?.completionTokens ?? 0) + batched.completionTokens,
    cost: costSoFar(spec, own ?? NOTHING) ?? null,
    seconds: (own?.activeMs ?? 0) / 1000,
    ...(batches && { batches }),
    parent: entry.parent?.plan ?? null,
    steps: null,
    dataset: datasetOf(spec.dataset.source),
    annotator: spec.dispatch.annotator,
    outputFolder: spec.outputFolder,
    output: spec.output,
    errors: join(spec.outputFolder, `${spec.besidePrefix}errors.jsonl`),
    owner: own?.owner ?? null,
    createdAt: entry.createdAt,
    endedAt: entry.endedAt,
  };
}

function datasetOf(source: RequestJob["spec"]["dataset"]["source"]): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "files":
      return source.paths.join(", ");
    case "hub":
      return source.repo;
  }
}
