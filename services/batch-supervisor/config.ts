import { z } from "zod";

/** The batch supervisor's environment, beside the runtime's and the keys that the registry names. */
export const BatchSupervisorConfig = z.object({
  ASSAY_ANNOTATORS: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
  /** Silence after which another replica takes a route's batches over. */
  ASSAY_BATCH_LEASE_MS: z.coerce.number().int().min(1000).default(10_000),
  /** Of each route in this replica. */
  ASSAY_PARALLEL_UPLOADS: z.coerce.number().int().min(1).max(64).default(4),
  /** How long the results of a batch that has ended may be missing before its job pauses. */
  ASSAY_BATCH_RESULTS_WAIT_MS: z.coerce.number().int().min(0).default(900_000),
  /** 1: files that are collected stay at the provider; otherwise they are deleted there. */
  ASSAY_BATCH_KEEP_FILES: z.stringbool().default(false),
});
export type BatchSupervisorConfig = z.infer<typeof BatchSupervisorConfig>;
