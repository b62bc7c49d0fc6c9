import { z } from "zod";

/** The coordinator's environment, beside the runtime's. */
export const CoordinatorConfig = z.object({
  ASSAY_DATA_ROOTS: z.string({
    error: "name the folders, separated by colons, that jobs may read and write",
  }),
  /** Folders, separated by colons, that no message may read or write, though they lie below a root. */
  ASSAY_CLOSED_FOLDERS: z.string().default(""),
  /** Proves that a message's paths were typed by somebody who may read this installation's state. */
  ASSAY_GRANT_KEY: z.string().optional(),
  ASSAY_ANNOTATORS: z.string().optional(),
  ASSAY_MAX_RUNNING_JOBS: z.coerce.number().int().positive().default(20),
  ASSAY_JOB_LEASE_MS: z.coerce.number().int().min(1000).default(15_000),
  ASSAY_ACK_WAIT_MS: z.coerce.number().int().min(1000).default(15_000),
  /** 1: it answers questions about jobs, and neither takes nor carries out any. */
  ASSAY_ONLY_ANSWERS: z.literal("1").optional(),
  ASSAY_CACHE: z.string().optional(),
  HF_ENDPOINT: z.string().optional(),
  HF_TOKEN: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
});
export type CoordinatorConfig = z.infer<typeof CoordinatorConfig>;
