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

/** What a stage can do: a kind of job, or a tool that works on files. */
export interface StageKind {
  does: "job" | "tool";
  /** The job's kind, or the tool's name. */
  kind: string;
  fields: readonly string[];
  /** Those of the fields that name files or folders. */
  paths: readonly string[];
  /** Fields that have these values where they are left out. */
  defaults(stage: string, place: PipelinePlace): Record<string, unknown>;
  /** @throws UserError in the sentences of the job's or tool's own fields */
  check(message: Record<string, unknown>): CheckedStage;
}
