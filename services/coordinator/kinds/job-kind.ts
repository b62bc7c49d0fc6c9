import type { Registry } from "../../../shared/annotators/registry/registry.ts";
import type { JobSpec, PlanSpec } from "../../../shared/contracts/job-entry.ts";
import type { HubAccess } from "../../../shared/datasets/hub/hub-access.ts";
import type { JobStages, StageFields } from "../../../tools/pipeline/stage-kind.ts";
import type { Exported, ExportRequest } from "../exporting/export-request.ts";
import type { DataRoots } from "./path-guard.ts";

/** A message of a job whose rows are requests, checked, with everything in it resolved. */
export interface ResolvedJob {
  /** The hash of kind and output: the same place is the same job. */
  id: string;
  spec: JobSpec;
  /** The dataset or file as the message names it. */
  input: string;
  retryFailed: boolean;
  overwrite: boolean;
}

/** A message that several jobs carry out together. */
export interface ResolvedPlan {
  id: string;
  plan: PlanSpec;
}

/** The same with what its kind says of all of its jobs. */
export interface SubmittedJob extends ResolvedJob {
  kind: string;
  /** The flag by which another place for the output is chosen. */
  placeFlag: string;
}

export interface SubmittedPlan extends ResolvedPlan {
  kind: string;
}

export type Submitted = SubmittedJob | SubmittedPlan;

/** What a message is resolved against. */
export interface SubmitContext {
  registry: Registry;
  /** Where its paths may lie; relative ones start at the first folder. */
  roots: DataRoots;
  /** Its paths may lie anywhere. */
  granted: boolean;
  /** The kinds of jobs that a stage of a pipeline may be. */
  stages: JobStages;
}

/** Checks a message and resolves it. @throws UserError */
export type Submit<Resolved> = (message: unknown, context: SubmitContext) => Promise<Resolved>;

/**
 * A part of a kind whose modules are loaded when it is first wanted: the process that exports needs nothing of what
 * submitting needs, and has little memory.
 */
export type Part<Loaded> = () => Promise<Loaded>;

/**
 * A kind of job whose rows are requests: all that makes it different from other kinds. What its message means, how its
 * rows are prepared, how its outputs are written, and what it is as a stage of a pipeline. Feeding, collecting and all
 * that keeps rows safe is the same for every kind, and so are estimates, dry runs and previews, which are made of the
 * submitted message and the prepared rows.
 */
export interface RowsKind {
  makes: "rows";
  /** The name of its command, and what a stage `uses`. */
  command: string;
  /** The flag by which another place for the output is chosen. */
  placeFlag: string;
  stage: StageFields;
  submit: Part<Submit<ResolvedJob | ResolvedPlan>>;
  /** Leaves the job's rows in the work folder, as shared/datasets/preparing/prepared-dataset.ts says. @throws UserError */
  prepare(
    spec: Pick<JobSpec, "dataset" | "workFolder" | "task">,
    options: { hub: HubAccess; signal: AbortSignal },
  ): Promise<void>;
  /** Writes the outputs from the prepared rows and their results. @throws UserError */
  exporter: Part<(request: ExportRequest) => Promise<Exported>>;
}

/** A kind of job that is always a plan: it has no rows of its own. */
export interface PlanKind {
  makes: "plan";
  command: string;
  submit: Part<Submit<ResolvedPlan>>;
}

export type JobKind = RowsKind | PlanKind;
