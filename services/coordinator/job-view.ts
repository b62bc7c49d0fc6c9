import { join } from "node:path";
import { costOf } from "../../shared/annotators/cost.ts";
import type { JobEntry } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";

/** A job as a person sees it. */
export function viewOf(entry: JobEntry, progress: JobProgress | undefined): JobView {
  const { spec } = entry;
  // Of a run that nobody has begun only what earlier runs leave to it is known: nothing that could be shown as its own.
  const own = progress !== undefined && progress.run === entry.run ? progress : undefined;
  const [promptTokens, completionTokens] = [own?.promptTokens ?? 0, own?.completionTokens ?? 0];
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
    promptTokens,
    completionTokens,
    cost: costOf(spec.prices, promptTokens, completionTokens) ?? null,
    seconds: (own?.activeMs ?? 0) / 1000,
    dataset: spec.dataset.source.kind === "file" ? spec.dataset.source.path : spec.dataset.source.repo,
    annotator: spec.dispatch.annotator,
    outputFolder: spec.outputFolder,
    output: spec.output,
    errors: join(spec.outputFolder, `${spec.besidePrefix}errors.jsonl`),
    owner: own?.owner ?? null,
    createdAt: entry.createdAt,
    endedAt: entry.endedAt,
  };
}
