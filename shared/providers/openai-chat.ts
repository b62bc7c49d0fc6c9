import { openBatchApi } from "../batch-api/batch-api.ts";
import { REFUSABLE } from "../contracts/messages/sampling-table.ts";
import { classify, classifyGarbage } from "./faults/classify-answer.ts";
import { readLimitHeaders } from "./limit-headers.ts";
import { completionOf, readCompletion } from "./openai/read-completion.ts";
import { bodyStartOf } from "./openai/request-body.ts";
import type { Provider } from "./provider.ts";

/** OpenAI's chat completions, as OpenAI and the many servers speak them that are compatible with it. */
export const openaiChat: Provider = {
  path: () => "/chat/completions",
  headers: (_annotator, key): Record<string, string> =>
    key === undefined ? {} : { authorization: `Bearer ${key}` },
  requestFault: () => undefined,
  bodies: (request) => {
    const start = bodyStartOf(request);
    return (messages) => `${start}${messages}}`;
  },
  readAnswer: readCompletion,
  readParsed: completionOf,
  readLimits: readLimitHeaders,
  classify,
  classifyGarbage,
  batches: {
    endpoint: "/v1/chat/completions",
    open: ({ baseUrl, headers }, key, options) => openBatchApi({ ...options, baseUrl, headers, key }),
  },
  takes: REFUSABLE,
  usual: { charges: "auto", apiVersion: null },
  readsStreams: true,
  entryFault: () => undefined,
};
