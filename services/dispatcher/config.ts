import { z } from "zod";

/** Beside this, the variables that hold providers' keys; the annotator registry names them. */
export const DispatcherConfig = z.object({
  /** YAML file of the user's own annotators. */
  ASSAY_ANNOTATORS: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
  /** Of the work streams' consumers. */
  ASSAY_ACK_WAIT_MS: z.coerce.number().int().min(1000).default(15_000),
  /** Calls that are open when their job is cancelled are paid: they may end by themselves for so long. */
  ASSAY_LAST_CALLS_MS: z.coerce.number().int().min(0).default(30_000),
  /** So long a silent holder of a route's budget is believed to live. */
  ASSAY_ROUTE_LEASE_MS: z.coerce.number().int().min(500).default(4_000),
  /** For measuring the transport: calls to http://noop.invalid are answered at once, without HTTP. */
  ASSAY_ALLOW_NOOP: z.enum(["0", "1"]).default("0"),
});
export type DispatcherConfig = z.infer<typeof DispatcherConfig>;
