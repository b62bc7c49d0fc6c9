import { anthropicBody } from "./anthropic/anthropic-body.ts";
import { anthropicRequest, requestFault } from "./anthropic/anthropic-request.ts";
import { classifyAnthropic } from "./anthropic/classify-anthropic.ts";
import { openMessageBatches } from "./anthropic/message-batches.ts";
import { readAnthropicLimits } from "./anthropic/rate-limit-headers.ts";
import { messageOf, readMessage } from "./anthropic/read-message.ts";
import { classifyGarbage } from "./faults/classify-answer.ts";
import type { Provider } from "./provider.ts";

/** The version that the Messages API is asked by where an entry names none; it has been the same since it exists. */
const VERSION = "2023-06-01";

/** Anthropic's Messages API, and servers that are compatible with it. */
export const anthropicMessages: Provider = {
  path: () => "/messages",
  headers: ({ apiVersion }, key) => ({
    "anthropic-version": apiVersion ?? VERSION,
    ...(key !== undefined && { "x-api-key": key }),
  }),
  requestFault,
  bodies: (request) => {
    const shared = anthropicRequest(request);
    return (messages) => anthropicBody(shared, messages);
  },
  readAnswer: readMessage,
  readParsed: messageOf,
  readLimits: (header) => readAnthropicLimits(header, Date.now()),
  classify: classifyAnthropic,
  classifyGarbage,
  batches: {
    endpoint: "/v1/messages",
    open: (annotator, key, options) =>
      openMessageBatches(annotator, key, anthropicMessages.headers(annotator, key), options),
  },
  takes: ["temperature", "top_p", "top_k", "stop"],
  // Output is set aside by max_tokens, and what was not written is given back.
  usual: { charges: "usage", apiVersion: null },
  readsStreams: false,
  entryFault: () => undefined,
};
