import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import type { DatasetRequest } from "../../../shared/contracts/dataset-request.ts";
import { isPlan, type JobEntry, type JobSpec, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { SubmissionAnswer } from "../../../shared/contracts/jobs-api.ts";
import { fingerprintOf } from "../../../shared/datasets/preparing/fingerprint.ts";
import type { PreparedDataset } from "../../../shared/datasets/preparing/prepared-dataset.ts";
import { readPreparedDataset } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { EXIT, UserError } from "../../../shared/errors.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { ask, NoAnswer } from "../../../shared/runtime/requests.ts";
import type { Held } from "../../../shared/runtime/store.ts";
import { arePartsThere } from "../collecting/parts/part-reader.ts";
import type { CoordinatorContext } from "../context.ts";
import { editJob } from "../job/edit-job.ts";
import { isGrown } from "../job/grown-rows.ts";
import { disownWorkFolder, holdsAnswers, identityOf, isWorkFolderOf } from "../job/work-folder.ts";
import type { SubmittedJob } from "../kinds/job-kind.ts";
import { type Act, isApplied } from "./act.ts";
import { decideSubmission, type SubmissionFacts } from "./decide-submission.ts";
import { refuseForeignAnswers, refuseForeignOutput } from "./foreign-output.ts";

const CHECK_TIMEOUT_MS = 1500;

export type Applied = Exclude<SubmissionAnswer, { error: string }>;

/** What a submission is applied by. */
export interface Applying {
  act: Act;
  traceparent: string;
}

/**
 * Makes or changes the job of a submission, once however often it comes.
 * @throws UserError where the job that is there has other parameters, or the system cannot carry it out
 */
export async function applySubmission(
  context: CoordinatorContext,
  submitted: SubmittedJob,
  { act, traceparent }: Applying,
): Promise<Applied> {
  const existing = requestJob((await context.jobs.get(submitted.id))?.value);
  if (existing === undefined) await settleWithForgottenJob(submitted);
  else if (!isApplied(existing, act)) await refuseChangedDataset(existing.spec.workFolder, submitted);
  const grows = existing !== undefined && isGrown(identityOf(existing.spec), identityOf(submitted.spec));
  const makesNoCall = existing?.state === "completed" && !submitted.overwrite && !grows;
  const endpoint = makesNoCall ? null : await endpointWithKey(context, submitted.spec.dispatch);
  for (;;) {
    const held = await context.jobs.get(submitted.id);
    const progress = (await context.progress.get(submitted.id))?.value;
    const decision = decideSubmission({
      submitted,
      existing: requestJob(held?.value),
      act,
      traceparent,
      uuid: randomUUID(),
      nowIso: new Date().toISOString(),
      done: progress?.done ?? 0,
      failed: progress?.failed ?? 0,
      answersKept: existing === undefined && (await keepsAnswers(submitted)),
      outputGone: await outputGone(requestJob(held?.value), progress),
      endpoint,
    });
    if (decision.kind === "refuse") throw new UserError(decision.error);
    if (decision.kind === "keep") return { job: submitted.id, state: held!.value.state, note: decision.note };
    const { entry, note } = decision;
    if (await replaceEntry(context, held, entry)) return { job: entry.id, state: entry.state, note };
  }
}

/** Writes an entry in place of what was read. False: others changed it since, so that the decision is made anew. */
export async function replaceEntry(
  context: CoordinatorContext,
  held: Held<JobEntry> | undefined,
  entry: JobEntry,
): Promise<boolean> {
  if (held === undefined) return (await context.jobs.create(entry.id, entry)) !== undefined;
  let replaced = false;
  await editJob(context.broker, context.jobs, entry.id, (now) => {
    replaced = JSON.stringify(now) === JSON.stringify(held.value);
    return replaced ? entry : undefined;
  });
  return replaced;
}

/** Plans have ids of their own. */
function requestJob(entry: JobEntry | undefined): RequestJob | undefined {
  return entry === undefined || isPlan(entry) ? undefined : entry;
}

/** Somebody who has removed an output and starts its job again wants it back. */
async function outputGone(
  job: RequestJob | undefined,
  progress: JobProgress | undefined,
): Promise<SubmissionFacts["outputGone"]> {
  if (job?.state !== "completed" && job?.state !== "completed_with_errors") return false;
  if (existsSync(job.spec.output)) return false;
  return (await arePartsThere(job.spec.workFolder, progress?.parts ?? [])) ? "answers kept" : "answers gone";
}

/**
 * A job of which this broker knows nothing, since its store is gone, may have left its output, and its rows and answers
 * in the work folder. @throws UserError where they are another job's, or of a dataset that is not the same any more
 */
async function settleWithForgottenJob(submitted: SubmittedJob): Promise<void> {
  await refuseForeignOutput(submitted);
  await refuseForeignAnswers(submitted);
  if (submitted.overwrite) await disownWorkFolder(submitted.spec.workFolder);
  else if (await isWorkFolderOf(submitted)) await refuseChangedDataset(submitted.spec.workFolder, submitted);
}

async function keepsAnswers(submitted: SubmittedJob): Promise<boolean> {
  return (await isWorkFolderOf(submitted)) && (await holdsAnswers(submitted.spec.workFolder));
}

async function refuseChangedDataset(workFolder: string, submitted: SubmittedJob): Promise<void> {
  if (submitted.overwrite) return;
  const before = await readPreparedDataset(workFolder).catch(() => undefined);
  if (before === undefined || submitted.spec.dataset.source.kind === "hub") return;
  const now = await fingerprintOf({ ...submitted.spec.dataset, ...filesRead(before) }, { before });
  if (now.content.sha256 === before.content.sha256) return;
  throw new UserError(
    `The dataset ${submitted.input} changed since this job was started: restore it, choose another ${submitted.placeFlag}, or --overwrite to make the job anew.`,
  );
}

/** Of a folder the files that were read of it. */
function filesRead({ content }: PreparedDataset): Partial<Pick<DatasetRequest, "source">> {
  if (content.kind !== "files") return {};
  return { source: { kind: "files", paths: content.files.map(({ path }) => path) } };
}

/**
 * Where the completions will be made; null where no service of the lane runs yet. A key that the system has not is said
 * before anything is read, or then later. @throws UserError
 */
async function endpointWithKey(
  context: CoordinatorContext,
  dispatch: JobSpec["dispatch"],
): Promise<string | null> {
  const { annotator } = dispatch;
  const { check } = laneOf(dispatch);
  try {
    const { fault, baseUrl } = await ask(context.broker, check, [], { annotator }, CHECK_TIMEOUT_MS);
    if (fault !== null) throw new UserError(fault, { exitCode: EXIT.couldNotRun });
    return baseUrl;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return null;
  }
}
