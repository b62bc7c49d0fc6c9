import { hostname } from "node:os";
import { reportServices, type ServiceReport } from "../../contracts/service-report.ts";
import { assayVersion } from "../../installation/assay-version.ts";
import type { Broker } from "../broker.ts";
import { answer } from "../requests.ts";

/** Tells everybody who asks, until the connection is closed, that this service is here and how it is. */
export function reportService(
  broker: Broker,
  about: Pick<ServiceReport, "name" | "replica" | "http">,
  state: () => ServiceReport["state"],
): void {
  const always = {
    ...about,
    ...{ version: assayVersion(), host: hostname(), pid: process.pid },
    startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
  };
  answer(broker, reportServices, [], () => ({ ...always, state: state() }));
}
