import { z } from "zod";
import { UserError } from "../../errors.ts";
import { SAMPLING_NAMES, SAMPLING_ROWS, type SAMPLING_TABLE, type SamplingName } from "./sampling-table.ts";

type JsonObject = Record<string, unknown>;
type SamplingShape = { [Name in SamplingName]: (typeof SAMPLING_TABLE)[Name]["schema"] };

/** The schemas of all sampling parameters: a job message spreads this shape into its own schema. */
export const samplingShape = Object.fromEntries(
  SAMPLING_ROWS.map(({ name, schema }) => [name, schema]),
) as SamplingShape;

export const SamplingParameters = z.strictObject(samplingShape);
export type SamplingParameters = z.infer<typeof SamplingParameters>;

/** Faults that no single flag has: sentences, empty when all is well. */
export function samplingFaults(params: SamplingParameters): string[] {
  if (params.top_logprobs !== undefined && params.logprobs !== true) {
    return [
      `top_logprobs is ${params.top_logprobs}, but logprobs is not set: give logprobs too, or leave it out.`,
    ];
  }
  return [];
}

/**
 * The sampling parameters of an object that holds only those, and the names that the user gave.
 * @throws UserError with a sentence for each fault
 */
export function parseSampling(input: JsonObject): { params: SamplingParameters; given: Set<SamplingName> } {
  const parsed = SamplingParameters.safeParse(input);
  if (!parsed.success) throw new UserError(parsed.error.issues.map(sentenceOf).join(" "));
  const faults = samplingFaults(parsed.data);
  if (faults.length > 0) throw new UserError(faults.join(" "));
  return { params: parsed.data, given: givenNames(input) };
}

/** Which sampling parameters the user gave himself, of an input that may hold other fields too. */
export function givenNames(input: JsonObject): Set<SamplingName> {
  return new Set(SAMPLING_NAMES.filter((name) => input[name] !== undefined));
}

/** The sampling parameters among the fields of a message that may hold others too. */
export function samplingAmong(message: SamplingParameters): SamplingParameters {
  return Object.fromEntries(SAMPLING_NAMES.map((name) => [name, message[name]])) as SamplingParameters;
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  return `There is no sampling parameter ${issue.keys.join(", ")}: pass it in extra_body if the model takes it.`;
}
