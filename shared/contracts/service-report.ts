import { z } from "zod";
import { defineRequest } from "./contract.ts";

/** What a service says of itself. Members that later versions add are let through, so that versions can be told apart. */
const ServiceReport = z.object({
  name: z.string(),
  replica: z.string(),
  state: z.enum(["starting", "ready", "stopping"]),
  /** Of Assay. */
  version: z.string(),
  host: z.string(),
  pid: z.int(),
  /** Where /metrics, /healthz and /readyz are, as its own machine knows it. */
  http: z.string().nullable(),
  /** ISO 8601. */
  startedAt: z.string(),
});
export type ServiceReport = z.infer<typeof ServiceReport>;

/** Asked of all services that a broker has: each replica answers for itself, as long as it lives. */
export const reportServices = defineRequest({
  subject: () => "api.services",
  question: z.strictObject({}),
  answer: ServiceReport,
});
