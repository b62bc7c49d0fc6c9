import { openBatchApi } from "../batch-api/batch-api.ts";
import { openaiChat } from "./openai-chat.ts";
import type { Provider } from "./provider.ts";

/** A base URL of Azure's own version 1: there a deployment is named as a model, and no version of the API is asked for. */
const VERSION_1 = /\/openai\/v1$/;

/**
 * OpenAI's models as Azure serves them: a deployment is part of the address, the version of the API is its query, and the
 * key has a header of its own. All else is OpenAI's.
 */
export const azureOpenai: Provider = {
  ...openaiChat,
  path: ({ baseUrl, model, apiVersion }) => {
    if (VERSION_1.test(baseUrl)) return "/chat/completions";
    const query = new URLSearchParams({ "api-version": apiVersion ?? "" });
    return `${rootOf(baseUrl)}/deployments/${encodeURIComponent(model)}/chat/completions?${query}`;
  },
  headers: (_annotator, key): Record<string, string> => (key === undefined ? {} : { "api-key": key }),
  batches: {
    endpoint: "/chat/completions",
    open: (annotator, key, options) => {
      const { baseUrl, apiVersion, headers } = annotator;
      const keyHeaders = azureOpenai.headers(annotator, key);
      if (VERSION_1.test(baseUrl)) return openBatchApi({ ...options, baseUrl, headers, key, keyHeaders });
      const query = { "api-version": apiVersion ?? "" };
      return openBatchApi({
        ...options,
        baseUrl: `${baseUrl}${rootOf(baseUrl)}`,
        headers,
        key,
        keyHeaders,
        query,
      });
    },
  },
  entryFault: ({ baseUrl, apiVersion }) =>
    apiVersion !== null || VERSION_1.test(baseUrl)
      ? undefined
      : {
          field: "api_version",
          fault: "is missing: say which version of the API the deployment is asked by, such as 2024-10-21",
        },
};

function rootOf(baseUrl: string): string {
  return baseUrl.endsWith("/openai") ? "" : "/openai";
}
