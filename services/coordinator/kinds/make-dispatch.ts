import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { batchSpecOf } from "../../../shared/annotators/batch-spec.ts";
import { buildRequest } from "../../../shared/annotators/request.ts";
import { routeOf } from "../../../shared/annotators/route.ts";
import type { DispatchSpec } from "../../../shared/contracts/job-entry.ts";
import type { PaceFields } from "../../../shared/contracts/messages/job-fields.ts";
import type { SamplingParameters } from "../../../shared/contracts/messages/sampling.ts";

/**
 * How a job's completions are to be made.
 * @param name the annotator's, as the user gave it
 * @param given names of the sampling parameters that the user gave himself
 * @throws UserError for parameters that the model does not take
 */
export function makeDispatch(
  name: string,
  annotator: Annotator,
  pace: PaceFields,
  sampling: SamplingParameters,
  given: ReadonlySet<string>,
): DispatchSpec {
  return {
    annotator: name,
    route: routeOf(annotator).id,
    request: buildRequest(annotator, sampling, given),
    maxTokens: sampling.max_tokens,
    choices: sampling.n,
    limits: {
      requestsPerMinute: pace.max_requests_per_minute ?? annotator.limits.requestsPerMinute,
      tokensPerMinute: pace.max_tokens_per_minute ?? annotator.limits.tokensPerMinute,
    },
    charges: pace.charges ?? annotator.charges,
    maxAttempts: pace.max_attempts,
    budgeted: pace.max_cost !== undefined,
    timeoutMs: pace.timeout === undefined ? null : pace.timeout * 1000,
    concurrency: pace.concurrency ?? null,
    invalidFinishReasons: pace.invalid_finish_reasons,
    returnTo: "collector",
    batch: batchSpecOf(name, annotator, pace),
    priority: pace.priority,
  };
}
