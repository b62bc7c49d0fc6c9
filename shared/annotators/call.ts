import type { PaceFields } from "../contracts/messages/job-fields.ts";
import type { SamplingParameters } from "../contracts/messages/sampling.ts";
import { UserError } from "../errors.ts";
import { batchSpecOf } from "./batch-spec.ts";
import { budgetOf } from "./budget-of.ts";
import type { Registry } from "./registry/registry.ts";
import { buildRequest } from "./request.ts";

/** What a job asks of a model. */
export interface Call {
  annotator: string;
  sampling: SamplingParameters;
  /** Names of the sampling parameters that the user gave himself. */
  given: ReadonlySet<string>;
  pace: PaceFields;
}

/**
 * Checks calls before anything is paid: a model that does not take what it is asked holds up none of the others.
 * @throws UserError for an unknown model, and with all sentences where no model is left
 */
export function refuseIfNoneCan(calls: readonly Call[], registry: Pick<Registry, "resolve">): void {
  for (const { annotator } of calls) registry.resolve(annotator);
  const faults = calls.flatMap((call) => faultOf(call, registry) ?? []);
  if (calls.length > 0 && faults.length === calls.length)
    throw new UserError([...new Set(faults)].join("\n"));
}

function faultOf({ annotator: name, sampling, given, pace }: Call, registry: Pick<Registry, "resolve">) {
  const annotator = registry.resolve(name);
  try {
    buildRequest(annotator, sampling, given);
    batchSpecOf(name, annotator, pace);
    budgetOf(pace, annotator);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}
