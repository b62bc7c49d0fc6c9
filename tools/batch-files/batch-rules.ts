/**
 * What the Batch API takes, as its reference states it: one uploaded file makes one batch, all of one endpoint and one
 * model. A megabyte is counted as 1,000,000 bytes, the smaller of its two meanings.
 */

/** Requests of one file. */
export const MOST_REQUESTS = 50_000;
export const MOST_BYTES = 200 * 1_000_000;
/** Texts to embed in all requests of one file. */
export const MOST_EMBEDDING_INPUTS = 50_000;

/** Endpoints that a batch can call, and the member that a body cannot do without. */
export const ENDPOINTS = {
  "/v1/chat/completions": "messages",
  "/v1/responses": undefined,
  "/v1/embeddings": "input",
  "/v1/completions": "prompt",
  "/v1/moderations": "input",
  "/v1/images/generations": "prompt",
  "/v1/images/edits": "prompt",
  "/v1/videos": "prompt",
} as const;
export type BatchEndpoint = keyof typeof ENDPOINTS;

export const isEndpoint = (url: string): url is BatchEndpoint => Object.hasOwn(ENDPOINTS, url);
