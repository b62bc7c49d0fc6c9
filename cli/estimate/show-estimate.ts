import type { Annotator } from "../../shared/annotators/annotator.ts";
import type { JobEstimate, Span } from "../../shared/annotators/cost/estimate.ts";
import { count, counted, dollars, duration, short } from "../view/amounts.ts";

/** What several estimates come to together; no cost where one is unknown. */
export function totalOf(estimates: readonly JobEstimate[]) {
  const sum = (part: (estimate: JobEstimate) => number) =>
    estimates.reduce((total, estimate) => total + part(estimate), 0);
  const span = (part: (estimate: JobEstimate) => Span) => ({
    low: sum((estimate) => part(estimate).low),
    high: sum((estimate) => part(estimate).high),
  });
  const known = estimates.every(({ cost }) => cost !== undefined);
  return {
    rows: sum(({ rows }) => rows),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: span(({ completionTokens }) => completionTokens),
    cost: known ? span(({ cost }) => cost!) : null,
  };
}

/** In one line; of several models together. */
export function estimateLine(estimates: readonly JobEstimate[]): string {
  const { rows, promptTokens, completionTokens, cost } = totalOf(estimates);
  const { low, high } = completionTokens;
  const answers = `${short(low)} to ${short(high)} completion tokens`;
  return `Estimate: ${counted(rows, "row", "rows")}, ${short(promptTokens)} prompt and ${answers}, cost ${costText(cost)}.`;
}

/** For a person, a line each. */
export function estimateLines(estimate: JobEstimate, annotator: Annotator): string {
  const { rows, sampled, promptTokens, completionTokens, ownAnswers, cost, seconds, limits } = estimate;
  const answers = ownAnswers
    ? "as long as the dataset's own answers"
    : "one a row: the dataset has no answers";
  const perMinute = (limit: number) => (limit === Number.POSITIVE_INFINITY ? "unlimited" : count(limit));
  return [
    `Rows               ${count(rows)}${sampled < rows ? ` (counted on ${count(sampled)} of them)` : ""}`,
    `Prompt tokens      ${count(promptTokens)}`,
    `Completion tokens  ${count(completionTokens.low)} to ${count(completionTokens.high)}`,
    `                   (${answers}; all of full length)`,
    `Cost               ${costText(cost)}${cost === undefined ? ` (no price is known of ${annotator.name})` : ""}`,
    estimate.batch
      ? "Time               up to a day: as the provider's batches have it"
      : `Time by limits     ${spanText(seconds, duration)}, at ${perMinute(limits.requestsPerMinute)} requests and ${perMinute(limits.tokensPerMinute)} tokens a minute`,
    ...(!estimate.batch && estimate.largestRequestTokens > limits.tokensPerMinute
      ? [
          `The largest request (${count(estimate.largestRequestTokens)} tokens) is over the token limit: it would be refused.`,
        ]
      : []),
  ].join("\n");
}

/** Of what is unknown, too. */
export function costText(cost: Span | null | undefined): string {
  return cost == null ? "unknown" : spanText(cost, dollars);
}

function spanText({ low, high }: { low: number; high: number }, shown: (value: number) => string): string {
  return shown(low) === shown(high) ? shown(low) : `${shown(low)} to ${shown(high)}`;
}

/** For programs; null where a limit is unlimited or a cost unknown. */
export function estimateObject({ cost, limits, ...estimate }: JobEstimate): Record<string, unknown> {
  const finite = (limit: number) => (Number.isFinite(limit) ? limit : null);
  return {
    ...estimate,
    cost: cost ?? null,
    limits: {
      requestsPerMinute: finite(limits.requestsPerMinute),
      tokensPerMinute: finite(limits.tokensPerMinute),
    },
  };
}
