import { log } from "../../../shared/runtime/log.ts";
import * as metrics from "../metrics.ts";
import { faulted, type Outage } from "./outage.ts";

/**
 * Counts a fault that may be the endpoint's, and tells of it when the endpoint seems to be down.
 * @returns milliseconds for which the route is to rest; 0: go on
 */
export function noticeOutage(route: string, outage: Outage, fault: string, nowMs: number): number {
  const restMs = faulted(outage, nowMs);
  if (restMs === 0) return 0;
  log().warn({ route, fault, restMs }, "the route seems to be down, trying one call at a time");
  metrics.routeWaitSeconds.labels(route).inc(restMs / 1000);
  return restMs;
}
