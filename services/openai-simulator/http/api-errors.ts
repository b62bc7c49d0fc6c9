/** An error as the provider answers it: an HTTP status and the fields of its `error` object. */
export type ApiError = {
  status: number;
  message: string;
  type: string;
  param: string | null;
  code: string | null;
  /** Set where the provider says when to come again. */
  retryAfterMs?: number;
};

/** The body that carries the error. */
export function errorBody({ message, type, param, code }: ApiError): string {
  return JSON.stringify({ error: { message, type, param, code } });
}

/** A 400 about one parameter, or about the request as a whole where `param` is null. */
export function badRequest(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ApiError {
  return { status: 400, message, type: "invalid_request_error", param, code };
}

export function wrongKey(key: string): ApiError {
  const shown = key === "" ? "No API key was provided" : `Incorrect API key provided: ${masked(key)}`;
  const message = `${shown}; the simulator accepts the keys of ASSAY_SIMULATOR_API_KEYS.`;
  return { status: 401, message, type: "invalid_request_error", param: null, code: "invalid_api_key" };
}

/** A key that may not call the files and batches endpoints. */
export function missingPermission(): ApiError {
  const message =
    "You have insufficient permissions for this operation: the key lacks a scope of the simulator.";
  return { status: 401, message, type: "invalid_request_error", param: null, code: null };
}

export function unknownObject(kind: "File" | "Batch", id: string): ApiError {
  const message = kind === "File" ? `No such File object: ${id}` : `No batch found with id '${id}'.`;
  return { status: 404, message, type: "invalid_request_error", param: "id", code: null };
}

export function notCancellable(status: string): ApiError {
  const message = `Cannot cancel a batch with status '${status}'.`;
  return { status: 409, message, type: "invalid_request_error", param: null, code: null };
}

export function unknownModel(model: string): ApiError {
  const message = `The model \`${model}\` does not exist or this key may not use it.`;
  return { status: 404, message, type: "invalid_request_error", param: null, code: "model_not_found" };
}

export function unknownUrl(method: string, path: string): ApiError {
  const message = `Unknown request URL: ${method} ${path}.`;
  return { status: 404, message, type: "invalid_request_error", param: null, code: "unknown_url" };
}

export function overQuota(): ApiError {
  const message = "This key's quota is used up; check its plan and billing details.";
  return { status: 429, message, type: "insufficient_quota", param: null, code: "insufficient_quota" };
}

/** The numbers stand in the message in the provider's order, since clients read them there. */
export function overLimit(
  kind: "requests" | "tokens",
  model: string,
  numbers: { limit: number; used: number; requested: number; retryAfterMs: number },
): ApiError {
  const { limit, used, requested, retryAfterMs } = numbers;
  const name = kind === "tokens" ? "tokens per min (TPM)" : "requests per min (RPM)";
  const again = retryAfterMs < 1000 ? `${retryAfterMs}ms` : `${retryAfterMs / 1000}s`;
  const message = `Rate limit reached for ${model} on ${name}: Limit ${limit}, Used ${used}, Requested ${requested}. Please try again in ${again}.`;
  return { status: 429, message, type: kind, param: null, code: "rate_limit_exceeded", retryAfterMs };
}

/** No wait helps here, so there is no Retry-After. */
export function tooLarge(model: string, limit: number, requested: number): ApiError {
  const message = `Request too large for ${model} on tokens per min (TPM): Limit ${limit}, Requested ${requested}. Ask for fewer tokens or send a shorter prompt.`;
  return { status: 429, message, type: "tokens", param: null, code: "rate_limit_exceeded" };
}

export function overContext(limit: number, requested: number): ApiError {
  const message = `This model's maximum context length is ${limit} tokens, but the request needs ${requested}.`;
  return badRequest(message, "messages", "context_length_exceeded");
}

export function serverError(status: 500 | 503): ApiError {
  const message =
    status === 500 ? "The server had an error (injected)." : "The engine is overloaded (injected).";
  return { status, message, type: "server_error", param: null, code: null };
}

function masked(key: string): string {
  return key.length <= 8 ? "*".repeat(key.length) : `${key.slice(0, 4)}****${key.slice(-2)}`;
}
