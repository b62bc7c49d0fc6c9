import { type ApiError, badRequest } from "../http/api-errors.ts";

/** The body of a POST /v1/batches. */
export type BatchRequest = {
  input_file_id: string;
  endpoint: string;
  completion_window: string;
  metadata: Record<string, string> | null;
};

const ENDPOINT = "/v1/chat/completions";
const WINDOW = "24h";
const KNOWN = ["input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"];
const REQUIRED = ["input_file_id", "endpoint", "completion_window"];
const MOST_PAIRS = 16;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 512;

/** Reads the body the way the provider does: the first fault found is the answer. */
export function validateBatch(body: Buffer | null): BatchRequest | ApiError {
  const given = parse(body);
  if (given === null) return badRequest("The body of your request is not a JSON object.");
  for (const name of REQUIRED) {
    if (given[name] === undefined || given[name] === null) {
      return badRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
    }
    if (typeof given[name] !== "string") {
      return badRequest(`Invalid type for '${name}': expected a string.`, name, "invalid_type");
    }
  }
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    return badRequest(`Unknown parameter: '${unknown}'.`, unknown, "unknown_parameter");
  const { input_file_id, endpoint, completion_window } = given as BatchRequest;
  if (endpoint !== ENDPOINT) return unsupported("endpoint", endpoint, ENDPOINT);
  if (completion_window !== WINDOW) return unsupported("completion_window", completion_window, WINDOW);
  const fault = checkMetadata(given.metadata ?? {});
  const metadata = (given.metadata ?? null) as Record<string, string> | null;
  return fault ?? { input_file_id, endpoint, completion_window, metadata };
}

function parse(body: Buffer | null): Record<string, unknown> | null {
  try {
    const parsed = JSON.parse(body?.toString("utf8") ?? "");
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function unsupported(name: string, value: string, supported: string): ApiError {
  const message = `Invalid value: '${value}'. Supported values are: '${supported}'.`;
  return badRequest(message, name, "invalid_value");
}

function checkMetadata(metadata: unknown): ApiError | null {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    return badRequest("Invalid type for 'metadata': expected an object.", "metadata", "invalid_type");
  }
  const pairs = Object.entries(metadata);
  if (pairs.length > MOST_PAIRS) {
    const message = `Invalid 'metadata': at most ${MOST_PAIRS} properties, but got ${pairs.length}.`;
    return badRequest(message, "metadata", "object_above_max_properties");
  }
  for (const [name, value] of pairs) {
    const param = `metadata.${name}`;
    if (typeof value !== "string") {
      return badRequest(`Invalid type for '${param}': expected a string.`, param, "invalid_type");
    }
    if (name.length > LONGEST_NAME || value.length > LONGEST_VALUE) {
      const message = `Invalid '${param}': names have at most ${LONGEST_NAME} characters, values ${LONGEST_VALUE}.`;
      return badRequest(message, param, "string_above_max_length");
    }
  }
  return null;
}
