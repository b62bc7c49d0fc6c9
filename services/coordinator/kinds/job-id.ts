import { createHash } from "node:crypto";

/** A plan and a job of the same kind may have the same place. */
export function planId(kind: string, output: string): string {
  return jobId(`plan ${kind}`, output);
}

/** The same place is the same job, whoever asks for it. @param output absolute path of what the job makes */
export function jobId(kind: string, output: string): string {
  return createHash("sha256").update(`${kind}\0${output}`).digest("hex").slice(0, 16);
}
