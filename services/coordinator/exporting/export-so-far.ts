import { isPlan, type JobEntry, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { UserError } from "../../../shared/errors.ts";
import type { CoordinatorContext } from "../context.ts";
import { requestJobs } from "../job/step-jobs.ts";
import { exportInChild } from "./export-in-child.ts";
import type { Exported, ExportRequest } from "./export-request.ts";

/** Writes what a job has by now; of a plan what each of its steps has. @throws UserError where there is nothing yet */
export async function exportSoFar(
  context: CoordinatorContext,
  entry: JobEntry,
  format: ExportRequest["format"] | null,
): Promise<Exported> {
  if (!isPlan(entry)) return (await exportJob(context, entry, format)) ?? refuse(entry);
  const total = { output: entry.plan.outputFolder, rows: 0, failed: 0 };
  let exported = false;
  for (const step of await requestJobs(context, entry)) {
    const one = await exportJob(context, step.entry, format);
    if (one === undefined) continue;
    exported = true;
    total.rows += one.rows;
    total.failed += one.failed;
  }
  return exported ? total : refuse(entry);
}

function refuse({ id }: JobEntry): never {
  throw new UserError(`Job ${id} has no results yet: its dataset has not been read.`);
}

async function exportJob(
  context: CoordinatorContext,
  entry: RequestJob,
  format: ExportRequest["format"] | null,
): Promise<Exported | undefined> {
  const progress = (await context.progress.get(entry.id))?.value;
  if (progress?.rows == null) return undefined;
  const partial = entry.state !== "completed" && entry.state !== "completed_with_errors";
  return await exportInChild(entry, progress, { partial, ...(format === null ? {} : { format }) });
}
