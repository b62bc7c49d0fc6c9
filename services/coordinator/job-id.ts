import { createHash } from "node:crypto";

/** The same place is the same job, whoever asks for it. @param output absolute path of what the job makes */
export function jobId(kind: string, output: string): string {
  return createHash("sha256").update(`${kind}\0${output}`).digest("hex").slice(0, 16);
}
