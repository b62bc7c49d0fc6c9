import type { RequestJob } from "../../../shared/contracts/job-entry.ts";

/**
 * Where a job's answers come from after a submission: all places that its submissions found, since it may go on at
 * another one. Not given where that is unknown: none of the lane's services told it, or there are answers from before
 * somebody looked.
 * @param earlier the job of whose answers it keeps those that it has @param found by this submission
 */
export function endpointsAfter(
  earlier: Pick<RequestJob, "endpoints"> | undefined,
  hasAnswers: boolean,
  found: string | null,
): Pick<RequestJob, "endpoints"> {
  const known = earlier?.endpoints ?? [];
  if (known.length === 0 && (hasAnswers || found === null)) return {};
  return { endpoints: [...new Set([...known, ...(found === null ? [] : [found])])] };
}

/** The same for config.yaml: one address, or several. */
export function endpointInConfig({ endpoints = [] }: Pick<RequestJob, "endpoints">): Record<string, unknown> {
  if (endpoints.length === 0) return {};
  return { endpoint: endpoints.length === 1 ? endpoints[0] : endpoints };
}
