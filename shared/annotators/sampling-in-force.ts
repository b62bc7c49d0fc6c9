import type { SamplingParameters } from "../contracts/messages/sampling.ts";
import { type Refusable, SAMPLING_NAMES, SAMPLING_ROWS } from "../contracts/messages/sampling-table.ts";
import { UserError } from "../errors.ts";
import type { Annotator } from "./annotator.ts";

/**
 * The sampling that an annotator's calls are made with, by the parameters' own names: what was given, what a recipe of
 * ours wants, and what the predecessors sent unasked where the annotator is of their list. Nothing else is sent.
 * @param given names of the parameters that the user gave himself; further ones of `params` are a recipe's, and left out
 * where the model does not take them
 * @throws UserError for a given parameter that the model does not take
 */
export function samplingInForce(
  annotator: Annotator,
  params: SamplingParameters,
  given: ReadonlySet<string>,
): Partial<SamplingParameters> {
  const values: Record<string, unknown> = {};
  for (const { name, request, neutral, usual } of SAMPLING_ROWS) {
    const unasked =
      annotator.usualSampling && !(request !== null && request in annotator.extraBody) ? usual : undefined;
    const value = params[name] ?? unasked;
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (!annotator.unsupported.includes(name as Refusable)) values[name] = value;
    else if (given.has(name) && value !== neutral) refuse(annotator, name, value);
  }
  return values as Partial<SamplingParameters>;
}

/**
 * A job's parameters as config.yaml shows them and two submissions are compared by: of sampling, what is in force.
 * Values that no call gets (a default that the model does not take) are not among them.
 */
export function paramsInForce(
  params: Record<string, unknown>,
  sampling: Partial<SamplingParameters>,
): Record<string, unknown> {
  const others = Object.entries(params).filter(([name]) => !SAMPLING_NAMES.some((one) => one === name));
  return { ...Object.fromEntries(others), ...sampling };
}

function refuse(annotator: Annotator, name: string, value: unknown): never {
  throw new UserError(
    `${annotator.name} does not take ${name} (given: ${JSON.stringify(value)}): leave it out, ` +
      "or pass it in extra_body if you know that the model takes it.",
  );
}
