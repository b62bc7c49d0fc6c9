import type { SamplingParameters } from "../contracts/sampling.ts";
import { UserError } from "../errors.ts";
import type { Annotator, Refusable } from "./annotator.ts";
import { REFUSABLE } from "./annotator.ts";

/** Members of the body that Assay sets: what the chat is, how it comes back, and what bounds its cost. */
const RESERVED: Record<string, string> = {
  messages: "the dataset gives it",
  model: "the annotator gives it",
  stream: "answers are never streamed",
  stream_options: "answers are never streamed",
  n: "it has a flag of its own",
  max_tokens: "it has a flag of its own",
  max_completion_tokens: "max_tokens sets it",
};

/** Values that say what the model does anyway: given to a model that does not take the parameter they change nothing. */
const NEUTRAL: Partial<Record<Refusable, unknown>> = {
  temperature: 1,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  logprobs: false,
  n: 1,
};

/**
 * The request body but for `messages`: what all requests of a job share.
 * Weakest first: defaults, the annotator's extra body, what the user gave, the user's extra body.
 * @param given names of the parameters that the user gave himself; the others are defaults
 * @throws UserError for a given parameter that the model does not take, and for members that Assay sets itself
 */
export function buildRequest(
  annotator: Annotator,
  params: SamplingParameters,
  given: ReadonlySet<string>,
): Record<string, unknown> {
  refuseTooLong(annotator, params);
  const reserved = reservedMember(params.extra_body ?? {});
  if (reserved) throw new UserError(`extra_body sets ${reserved}.`);
  const values = valuesTaken(annotator, params, given);
  const chosen = Object.entries(values).filter(([name]) => given.has(name));
  return {
    model: annotator.model,
    ...values,
    ...annotator.extraBody,
    ...Object.fromEntries(chosen),
    [annotator.maxTokensName]: params.max_tokens,
    ...params.extra_body,
  };
}

/** The first member that an extra body may not set, with the reason; undefined when there is none. */
export function reservedMember(extraBody: Record<string, unknown>): string | undefined {
  const name = Object.keys(extraBody).find((key) => Object.hasOwn(RESERVED, key));
  return name === undefined ? undefined : `${name}, which it may not: ${RESERVED[name]}`;
}

function valuesTaken(
  annotator: Annotator,
  params: SamplingParameters,
  given: ReadonlySet<string>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of REFUSABLE) {
    const value = params[name];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (annotator.unsupported.includes(name)) {
      if (given.has(name) && value !== NEUTRAL[name]) refuse(annotator, name, value);
    } else if (!(name === "n" && value === 1)) {
      values[name] = value;
    }
  }
  return values;
}

function refuse(annotator: Annotator, name: string, value: unknown): never {
  throw new UserError(
    `${annotator.name} does not take ${name} (given: ${JSON.stringify(value)}): leave it out, ` +
      "or pass it in extra_body if you know that the model takes it.",
  );
}

function refuseTooLong(annotator: Annotator, params: SamplingParameters): void {
  const most = annotator.maxOutputTokens;
  if (most === null || params.max_tokens <= most) return;
  throw new UserError(
    `max_tokens is ${params.max_tokens}, but ${annotator.name} writes at most ${most} tokens: give ${most} or less.`,
  );
}
