import { type ApiError, badRequest } from "../http/api-errors.ts";
import type { ChatRequest } from "./chat-request.ts";
import { checkMessages } from "./validate-messages.ts";

/** What is checked beyond the parameters themselves. */
export type ValidationOptions = { allowUnknownParameters: boolean };

type Check = (value: unknown, name: string) => ApiError | null;

/**
 * Reads a request body the way the provider does: the first fault found is the answer.
 * Null stands for "not given" in optional parameters.
 */
export function validateChat(text: string, options: ValidationOptions): ChatRequest | ApiError {
  return validateChatBody(parse(text), options);
}

/** The same for a body that was parsed already; null stands for what is no JSON object. */
export function validateChatBody(
  body: Record<string, unknown> | null,
  options: ValidationOptions,
): ChatRequest | ApiError {
  if (body === null) return badRequest("The body of your request is not a JSON object.");
  if (typeof body.model !== "string" || body.model === "") {
    return badRequest("You must provide a model parameter.", body.model === undefined ? null : "model");
  }
  if (body.messages === undefined) return missing("messages");
  for (const name in body) {
    const check = CHECKS.get(name);
    const fault = check
      ? nullOr(check, body[name], name)
      : options.allowUnknownParameters
        ? null
        : unknown(name);
    if (fault) return fault;
  }
  return checkTogether(body) ?? (body as ChatRequest);
}

/** Tells the two outcomes of `validateChat` apart. */
export function isApiError(outcome: ChatRequest | ApiError): outcome is ApiError {
  return "status" in outcome && !("messages" in outcome);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const body = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
  } catch {
    return null;
  }
}

function nullOr(check: Check, value: unknown, name: string): ApiError | null {
  return value === null && name !== "messages" ? null : check(value, name);
}

const REASONING_MODEL = /^(o[134]|gpt-5(?!-chat))/;
const REFUSED_BY_REASONING = ["logprobs", "top_logprobs", "logit_bias"];
const FIXED_FOR_REASONING = [
  ["temperature", 1],
  ["top_p", 1],
  ["presence_penalty", 0],
  ["frequency_penalty", 0],
] as const;

function checkTogether(body: Record<string, unknown>): ApiError | null {
  if (body.stream === true) {
    return badRequest("The simulator does not stream: leave out stream.", "stream", "unsupported_value");
  }
  if (given(body.max_tokens) && given(body.max_completion_tokens)) {
    const message = "Give max_tokens or max_completion_tokens, not both.";
    return badRequest(message, "max_tokens", "invalid_parameter_combination");
  }
  if (given(body.top_logprobs) && body.logprobs !== true) {
    return badRequest("top_logprobs needs logprobs to be true.", "top_logprobs", "invalid_value");
  }
  return REASONING_MODEL.test(body.model as string) ? checkReasoning(body) : null;
}

function checkReasoning(body: Record<string, unknown>): ApiError | null {
  if (given(body.max_tokens)) return unsupported("max_tokens", " Use 'max_completion_tokens' instead.");
  const refused = REFUSED_BY_REASONING.find((name) => given(body[name]) && body[name] !== false);
  if (refused) return unsupported(refused);
  const altered = FIXED_FOR_REASONING.find(([name, value]) => given(body[name]) && body[name] !== value);
  if (!altered) return null;
  const [name, value] = altered;
  const message = `Unsupported value: '${name}' does not support ${body[name]} with this model. Only the default (${value}) value is supported.`;
  return badRequest(message, name, "unsupported_value");
}

function given(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function unsupported(name: string, wayOut = ""): ApiError {
  const message = `Unsupported parameter: '${name}' is not supported with this model.${wayOut}`;
  return badRequest(message, name, "unsupported_parameter");
}

function unknown(name: string): ApiError {
  return badRequest(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
}

function missing(name: string): ApiError {
  return badRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
}

function wrongType(name: string, expected: string, value: unknown): ApiError {
  const got = Array.isArray(value) ? "array" : typeof value;
  return badRequest(
    `Invalid type for '${name}': expected ${expected}, but got ${got}.`,
    name,
    "invalid_type",
  );
}

function number(kind: "integer" | "decimal", min: number, max: number): Check {
  return (value, name) => {
    const fits = typeof value === "number" && (kind === "decimal" || Number.isInteger(value));
    if (!fits) return wrongType(name, `${kind} number`, value);
    if (value >= min && value <= max) return null;
    const [side, bound] = value < min ? ["below_min", min] : ["above_max", max];
    const relation = value < min ? ">=" : "<=";
    const message = `Invalid '${name}': expected a value ${relation} ${bound}, but got ${value} instead.`;
    return badRequest(message, name, `${kind}_${side}_value`);
  };
}

const boolean: Check = (value, name) =>
  typeof value === "boolean" ? null : wrongType(name, "a boolean", value);

const stop: Check = (value, name) => {
  if (typeof value === "string") return null;
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) {
    return wrongType(name, "a string or an array of strings", value);
  }
  if (value.length <= 4) return null;
  return badRequest(`Invalid '${name}': at most 4 stop sequences.`, name, "array_above_max_length");
};

const logitBias: Check = (value, name) => {
  if (typeof value !== "object" || Array.isArray(value)) return wrongType(name, "an object", value);
  const bias = number("decimal", -100, 100);
  for (const [token, one] of Object.entries(value as object)) {
    const fault = bias(one, `${name}.${token}`);
    if (fault) return fault;
  }
  return null;
};

const unchecked: Check = () => null;

const CHECKED: Record<string, Check> = {
  messages: checkMessages,
  temperature: number("decimal", 0, 2),
  top_p: number("decimal", 0, 1),
  presence_penalty: number("decimal", -2, 2),
  frequency_penalty: number("decimal", -2, 2),
  n: number("integer", 1, 128),
  max_tokens: number("integer", 1, Number.MAX_SAFE_INTEGER),
  max_completion_tokens: number("integer", 1, Number.MAX_SAFE_INTEGER),
  seed: number("integer", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  top_logprobs: number("integer", 0, 20),
  logprobs: boolean,
  stream: boolean,
  stop,
  logit_bias: logitBias,
};

/** Parameters that the provider knows and the simulator passes over. */
const PASSED_OVER = `model audio modalities metadata prediction response_format service_tier store tools tool_choice
  parallel_tool_calls functions function_call user reasoning_effort verbosity web_search_options safety_identifier
  prompt_cache_key prompt_cache_retention stream_options`;

const CHECKS = new Map<string, Check>([
  ...PASSED_OVER.split(/\s+/).map((name): [string, Check] => [name, unchecked]),
  ...Object.entries(CHECKED),
]);
