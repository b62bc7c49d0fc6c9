import { z } from "zod";
import { PartLength } from "../../../shared/contracts/job-progress.ts";

/** What the exporting child process is told, as JSON on its standard input. */
export const ExportRequest = z.strictObject({
  job: z.string(),
  kind: z.string(),
  run: z.int(),
  workFolder: z.string(),
  outputFolder: z.string(),
  output: z.string(),
  besidePrefix: z.string(),
  format: z.enum(["json", "jsonl", "csv", "parquet"]),
  parts: z.array(PartLength),
  /** Results so far of a job that is not over: written beside, under other names. */
  partial: z.boolean(),
  config: z.record(z.string(), z.unknown()),
  /** As in the job's specification. */
  task: z.record(z.string(), z.unknown()),
});
export type ExportRequest = z.infer<typeof ExportRequest>;

/** What it answers, as one JSON line. */
export const ExportAnswer = z.union([
  z.strictObject({ output: z.string(), rows: z.int(), failed: z.int() }),
  z.strictObject({ error: z.string() }),
]);
/** What was written, and where. */
export type Exported = { output: string; rows: number; failed: number };
