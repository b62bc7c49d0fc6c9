import { z } from "zod";
import { defineContract } from "./contract.ts";

/** Something that a service waits for, and all jobs of a route with it. */
export const RouteWait = z.strictObject({
  route: z.string(),
  /** Ends "waiting for ...". */
  what: z.string(),
  /** Unix milliseconds. */
  sinceMs: z.number(),
  /** Null: nobody knows. */
  untilMs: z.number().nullable(),
});
export type RouteWait = z.infer<typeof RouteWait>;

/** Told again and again as long as a service lives: so it is known who is away, and what the others wait for. */
export const servicePulse = defineContract({
  subject: (service: string) => `events.pulse.${service}`,
  // Members that later versions add are let through.
  schema: z.object({ service: z.string(), replica: z.string(), waits: z.array(RouteWait) }),
});
export type ServicePulse = z.infer<typeof servicePulse.schema>;

export const PULSE_EVERY_MS = 1000;
