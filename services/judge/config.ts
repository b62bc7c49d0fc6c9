import { z } from "zod";

/** The judge's environment, beside the runtime's. */
export const JudgeConfig = z.object({
  /** Of the reply streams' consumers. */
  ASSAY_ACK_WAIT_MS: z.coerce.number().int().min(1000).default(15_000),
});
export type JudgeConfig = z.infer<typeof JudgeConfig>;
