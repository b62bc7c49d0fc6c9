import type { PlanKind } from "../job-kind.ts";

/** Stages that read what others have written: jobs, and tools that work on files. It is known by its output folder. */
export const pipelineKind: PlanKind = {
  makes: "plan",
  command: "pipeline",
  submit: async () => (await import("./submit-pipeline.ts")).submitPipeline,
};
