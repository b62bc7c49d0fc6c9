import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiError, errorBody } from "./api-errors.ts";

const BODY_LIMIT_BYTES = 64 * 1024 * 1024;
const JSON_TYPE = "application/json";

/** Sends the provider's error, and when to come again where it says so. `headers` is taken over. */
export function sendError(response: ServerResponse, error: ApiError, headers: string[]): void {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) {
    const seconds = String(Math.ceil(retryAfterMs / 1000));
    headers.push("retry-after", seconds, "retry-after-ms", String(retryAfterMs));
  }
  send(response, error.status, headers, errorBody(error));
}

/** Sends a whole reply. `headers` (name, value, name, value...) is taken over. */
export function send(
  response: ServerResponse,
  status: number,
  headers: string[],
  body: string,
  type = JSON_TYPE,
): void {
  const bytes = Buffer.byteLength(body);
  headers.push("content-type", type, "content-length", String(bytes));
  response.writeHead(status, headers);
  // A text with as many bytes as characters is ASCII, and goes out faster when it is said to be.
  response.end(body, bytes === body.length ? "latin1" : "utf8");
}

/** Collects a body; hands on null where it is over the limit. A client that leaves midway is never answered. */
export function readBody(request: IncomingMessage, handle: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  });
  request.on("end", () => {
    if (bytes > BODY_LIMIT_BYTES) return handle(null);
    handle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
}
