import type { Registry } from "../../shared/annotators/registry/registry.ts";
import { checkAnnotator } from "../../shared/contracts/jobs-api.ts";
import { UserError } from "../../shared/errors.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { answer } from "../../shared/runtime/requests.ts";
import { endpointOf } from "./jobs/endpoint.ts";

/** Says whether the running system has what an annotator needs, before a job is submitted. */
export function answerChecks(broker: Broker, registry: Registry, allowNoop: boolean): { stop(): void } {
  return answer(
    broker,
    checkAnnotator,
    [],
    ({ annotator }) => check(registry, annotator, allowNoop),
    "dispatcher",
  );
}

function check(registry: Registry, name: string, allowNoop: boolean) {
  try {
    const annotator = registry.resolve(name);
    const status = endpointOf(annotator, allowNoop);
    return { fault: status.ok ? null : status.fault, baseUrl: annotator.baseUrl };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message, baseUrl: null };
    throw error;
  }
}
