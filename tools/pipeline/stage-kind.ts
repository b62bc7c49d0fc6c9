import type { Call } from "../../shared/annotators/call.ts";

/** Where a pipeline's files go that a stage does not name. */
export interface PipelinePlace {
  outputDir: string;
  tempDir: string;
}

/** What a stage's fields say, once they are checked. */
export interface CheckedStage {
  /** Files, folders and patterns whose content decides what comes out. */
  reads: string[];
  /** What comes out, by the names that later stages know it by; `output` is the main one. */
  outputs: Record<string, string>;
  /** What it asks of which models. */
  calls: Call[];
}

/** What a kind of job, or a tool, says of itself as a stage. */
export interface StageFields {
  fields: readonly string[];
  /** Those of the fields that name files or folders. */
  paths: readonly string[];
  /** Whether the text of such a field is a path: what Assay or the hub knows by name is none. */
  isPath(field: string, text: string): boolean;
  /** Fields that have these values where they are left out. */
  defaults(stage: string, place: PipelinePlace): Record<string, unknown>;
  /** @throws UserError in the sentences of the job's or tool's own fields */
  check(message: Record<string, unknown>): CheckedStage;
}

/** What a stage can do: a kind of job, or a tool that works on files. */
export interface StageKind extends StageFields {
  does: "job" | "tool";
  /** The job's kind, or the tool's name. */
  kind: string;
}

/** The kinds of jobs that a stage may be, by the names of their commands. */
export type JobStages = ReadonlyMap<string, StageKind>;

/** They hold for the pipeline as a whole. */
const OF_THE_PIPELINE = ["overwrite", "retry_failed"];

/** The fields of a job's message that a stage has. @param shape the message's */
export function stageFieldsOf(shape: object): string[] {
  return Object.keys(shape).filter((field) => !OF_THE_PIPELINE.includes(field));
}
