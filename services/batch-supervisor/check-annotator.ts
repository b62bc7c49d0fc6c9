import { keyStatus } from "../../shared/annotators/keys.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import { checkBatchAnnotator } from "../../shared/contracts/jobs-api.ts";
import { UserError } from "../../shared/errors.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { readVariable } from "../../shared/runtime/process/config.ts";
import { answer } from "../../shared/runtime/requests.ts";

/** Says whether this service has what an annotator's batches need, before a job is submitted. */
export function answerChecks(broker: Broker, registry: Registry): { stop(): void } {
  const check = ({ annotator: name }: { annotator: string }) => {
    try {
      const annotator = registry.resolve(name);
      const status = keyStatus(annotator, readVariable);
      return { fault: status.ok ? null : status.fault, baseUrl: annotator.baseUrl };
    } catch (error) {
      if (error instanceof UserError) return { fault: error.message, baseUrl: null };
      throw error;
    }
  };
  return answer(broker, checkBatchAnnotator, [], check, "batch-supervisor");
}
