import type { Registry } from "../../../shared/annotators/registry.ts";
import type { JobSpec, PlanSpec } from "../../../shared/contracts/job-entry.ts";
import type { HubAccess } from "../../../shared/datasets/hub-access.ts";
import type { DataRoots } from "./path-guard.ts";

/** A message of a job whose rows are requests, checked, with everything in it resolved. */
export interface SubmittedJob {
  /** The hash of kind and output: the same place is the same job. */
  id: string;
  kind: string;
  spec: JobSpec;
  /** The dataset or file as the message names it. */
  input: string;
  /** The flag by which another place for the output is chosen. */
  placeFlag: string;
  retryFailed: boolean;
  overwrite: boolean;
}

/** A message that several jobs carry out together. */
export interface SubmittedPlan {
  id: string;
  kind: string;
  plan: PlanSpec;
}

export type Submitted = SubmittedJob | SubmittedPlan;

/** What a message is resolved against. */
export interface SubmitContext {
  registry: Registry;
  /** Where its paths may lie; relative ones start at the first folder. */
  roots: DataRoots;
  /** Its paths may lie anywhere. */
  granted: boolean;
}

/** A kind of job that is always a plan: it has no rows of its own. */
export interface PlanKind {
  /** Checks a message and resolves it. @throws UserError */
  submit(input: unknown, context: SubmitContext): Promise<SubmittedPlan>;
}

/**
 * What makes one kind of job different from the others: what its message means, and how its rows are prepared. Feeding,
 * collecting and all that keeps rows safe is the same for all. How its outputs are written is known to the exporting
 * process alone (export-process.ts).
 */
export interface RowsKind {
  /** Checks a message and resolves it. @throws UserError */
  submit(input: unknown, context: SubmitContext): Promise<Submitted>;
  /** The flag by which another place for the output is chosen. */
  placeFlag: string;
  /** Leaves the job's rows in the folder, as shared/datasets/prepared-dataset.ts says. @throws UserError */
  prepare(spec: JobSpec, options: { hub: HubAccess; signal: AbortSignal }): Promise<void>;
}

export type JobKind = RowsKind | PlanKind;
