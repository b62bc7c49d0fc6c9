import { PULSE_EVERY_MS, type RouteWait, servicePulse } from "../../contracts/service-pulse.ts";
import type { Broker } from "../broker.ts";
import { broadcast } from "../requests.ts";

/** Tells as long as the process lives that the service is there, and what it waits for. */
export function beat(
  broker: Broker,
  about: { service: string; replica: string },
  waits: () => RouteWait[],
): void {
  const subject = servicePulse.subject(about.service);
  setInterval(() => broadcast(broker, subject, { ...about, waits: waits() }), PULSE_EVERY_MS).unref();
}
