import { readJsonLines } from "../../datasets/reading/json-lines.ts";
import { isObject } from "../json-values.ts";
import { anthropicBody } from "./anthropic-body.ts";
import { anthropicRequest } from "./anthropic-request.ts";

/** Statuses that calls with these errors would have had. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};
/** No JSON: stands for a line that was cut, and is read as one. */
const CUT = "?";
const NO_RESULT: Readonly<Record<string, string>> = {
  expired: "The batch expired before this request was answered.",
  canceled: "The batch was cancelled before this request was answered.",
};

/**
 * The body that creates a batch: request lines of ours, each said in the words of the Messages API.
 * @param counted called for each request
 */
export async function* creationBody(
  content: AsyncIterable<Uint8Array>,
  counted: () => void,
): AsyncGenerator<Uint8Array> {
  let separator = '{"requests":[';
  for await (const lines of readJsonLines(buffers(content), "the batch's requests")) {
    const texts = lines.flatMap((line) => ("value" in line ? requestText(line.value) : []));
    for (const _ of texts) counted();
    if (texts.length === 0) continue;
    yield Buffer.from(`${separator}${texts.join(",")}`);
    separator = ",";
  }
  yield Buffer.from(separator === "," ? "]}" : `${separator}]}`);
}

/** A chat that cannot be said is left out: its row stays without an answer. */
function requestText(line: unknown): string[] {
  if (!isObject(line) || !isObject(line.body)) return [];
  const { messages, ...request } = line.body;
  const params = anthropicBody(anthropicRequest(request), JSON.stringify(messages));
  if (typeof params !== "string") return [];
  return [`{"custom_id":${JSON.stringify(line.custom_id)},"params":${params}}`];
}

/** Results as lines of the form that all readers of batches know. */
export async function* resultLines(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const lines of readJsonLines(buffers(content), "the batch's results")) {
    const texts = lines.map((line) => ("value" in line ? JSON.stringify(resultOf(line.value)) : CUT));
    yield Buffer.from(texts.map((text) => `${text}\n`).join(""));
  }
}

function resultOf(line: unknown): object {
  const { custom_id, result } = isObject(line) ? line : {};
  const { type, message, error } = isObject(result) ? result : {};
  if (type === "succeeded") return { custom_id, response: { status_code: 200, body: message }, error: null };
  if (type === "errored") {
    const inner = isObject(error) && isObject(error.error) ? error.error : error;
    const kind = isObject(inner) ? String(inner.type) : "";
    return { custom_id, response: { status_code: STATUS[kind] ?? 500, body: error }, error: null };
  }
  const sentence = NO_RESULT[String(type)] ?? `The provider gives no answer but ${JSON.stringify(type)}.`;
  return { custom_id, response: null, error: { code: `batch_${String(type)}`, message: sentence } };
}

async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of chunks)
    yield Buffer.from(buffer, byteOffset, byteLength);
}
