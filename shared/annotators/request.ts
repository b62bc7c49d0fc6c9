import type { SamplingParameters } from "../contracts/messages/sampling.ts";
import { SAMPLING_ROWS, type SamplingName } from "../contracts/messages/sampling-table.ts";
import { UserError } from "../errors.ts";
import { providerOf } from "../providers/providers.ts";
import type { Annotator } from "./annotator.ts";
import { samplingInForce } from "./sampling-in-force.ts";

/** Members of the body that Assay sets: what the chat is, how it comes back, and what bounds its cost. */
const RESERVED: Record<string, string> = {
  messages: "the dataset gives it",
  model: "the annotator gives it",
  stream: "the annotators file has stream: true for models that answer in streams only",
  stream_options: "the annotators file has stream: true for models that answer in streams only",
  n: "it has a flag of its own",
  max_tokens: "it has a flag of its own",
  max_completion_tokens: "max_tokens sets it",
};

/**
 * The request body but for `messages`: what all requests of a job share.
 * Weakest first: what nobody gave, the annotator's extra body, what the user gave, the user's extra body.
 * @param given names of the parameters that the user gave himself
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
  const members = membersOf(annotator, samplingInForce(annotator, params, given));
  const chosen = members.filter(({ name }) => given.has(name) || name === "max_tokens");
  const request = {
    model: annotator.model,
    ...bodyOf(members),
    ...annotator.extraBody,
    ...bodyOf(chosen),
    ...params.extra_body,
    // Without the second, a stream tells nothing of the tokens that it took.
    ...(annotator.streams && { stream: true, stream_options: { include_usage: true } }),
  };
  const fault = providerOf(annotator).requestFault(request);
  if (fault) throw new UserError(`${annotator.name} ${fault}.`);
  return request;
}

/**
 * The same for a request file that other tools send: what nobody gave stays the model's to choose, the length of an
 * answer too. @throws UserError as above
 */
export function buildGivenRequest(
  annotator: Annotator,
  params: SamplingParameters,
  given: ReadonlySet<string>,
): Record<string, unknown> {
  const request = buildRequest({ ...annotator, usualSampling: false }, params, given);
  if (!given.has("max_tokens")) delete request[annotator.maxTokensName];
  return request;
}

/** The first member that an extra body may not set, with the reason; undefined when there is none. */
export function reservedMember(extraBody: Record<string, unknown>): string | undefined {
  const name = Object.keys(extraBody).find((key) => Object.hasOwn(RESERVED, key));
  return name === undefined ? undefined : `${name}, which it may not: ${RESERVED[name]}`;
}

interface Member {
  name: SamplingName;
  member: string;
  value: unknown;
}

/** Sampling under the names of the request body. One answer is what a request asks for anyway, whatever the server. */
function membersOf(annotator: Annotator, values: Partial<SamplingParameters>): Member[] {
  return SAMPLING_ROWS.flatMap(({ name, request }) => {
    const value = values[name];
    if (request === null || value === undefined || (name === "n" && value === 1)) return [];
    return [{ name, member: name === "max_tokens" ? annotator.maxTokensName : request, value }];
  });
}

function bodyOf(members: readonly Member[]): Record<string, unknown> {
  return Object.fromEntries(members.map(({ member, value }) => [member, value]));
}

function refuseTooLong(annotator: Annotator, params: SamplingParameters): void {
  const most = annotator.maxOutputTokens;
  if (most === null || params.max_tokens <= most) return;
  throw new UserError(
    `max_tokens is ${params.max_tokens}, but ${annotator.name} writes at most ${most} tokens: give ${most} or less.`,
  );
}
