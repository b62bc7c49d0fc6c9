import type { Batch } from "../../../shared/batch-api/batch.ts";

/** What is sent again: the rest of batches that ended so, and single requests that met with a passing error. */
export const RESENT = ["expired", "cancelled", "failed", "errors"] as const;
/** And what is sent only where that is wanted: rows of the dataset that stand in none of the batches. */
export const RESENDABLE = [...RESENT, "missing"] as const;
export type Resendable = (typeof RESENDABLE)[number];

export interface ResendPolicy {
  kinds: ReadonlySet<Resendable>;
  /** Of batches that belong to a job of an Assay system, too. */
  ofJobs: boolean;
  /** Batches that a request may be in, the first one included. */
  maxAttempts: number;
}

/** The job whose supervisor sends again by itself what a batch left. */
export function jobOf({ metadata }: Pick<Batch, "metadata">): string | undefined {
  return metadata?.installation === undefined ? undefined : metadata.job;
}

/** The run of a job that a batch belongs to; undefined where it belongs to none. */
export function runOf({ metadata }: Pick<Batch, "metadata">): string | undefined {
  const { installation, job, run } = metadata ?? {};
  return installation && job && run && `${installation}/${job}/${run}`;
}
