import { z } from "zod";
import { JobId, Run } from "./contract.ts";

/** What became of a step when the plan last began it. */
export const StepProgress = z.strictObject({
  /** The plan's submission and run for which this holds: in a later one the step is begun again. */
  submission: z.int().min(0),
  run: Run,
  /** Null where its message was refused, and of a tool. */
  job: JobId.nullable(),
  refusal: z
    .strictObject({ message: z.string(), exitCode: z.union([z.literal(2), z.literal(3)]) })
    .nullable(),
  /** Hash of its message and of what it reads, when it was begun; null: nobody asks. */
  made: z.string().nullable().default(null),
  /** What a tool said when it was through; null: it is not, or the step is none. */
  result: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .nullable()
    .default(null),
});
export type StepProgress = z.infer<typeof StepProgress>;

/** A plan's progress as the KV bucket `plans` holds it; written only by the plan's owner, by compare-and-set. */
export const PlanProgress = z.strictObject({
  owner: z.string(),
  /** By the steps' names. */
  steps: z.record(z.string(), StepProgress),
  /** Milliseconds this plan has been running, over all owners. */
  activeMs: z.number().min(0),
});
export type PlanProgress = z.infer<typeof PlanProgress>;
