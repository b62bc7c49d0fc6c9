import type { Answer } from "./answers.ts";
import type { ChatRequest } from "./chat-request.ts";
import { logprobsOf } from "./logprobs.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One choice of a completion as it goes out. */
export type Choice = Omit<Answer, "text" | "finishReason"> & {
  text: string | null;
  refusal: string | null;
  finishReason: "stop" | "length" | "content_filter";
};

export type Usage = { prompt: number; completion: number };

/**
 * A chat.completion object as JSON. Written piece by piece: its shape is fixed, and serialising an object takes
 * longer than all else that a request needs.
 */
export function completionBody(
  id: string,
  request: ChatRequest,
  choices: Choice[],
  usage: Usage,
  tokenizer: Tokenizer,
): string {
  const total = usage.prompt + usage.completion;
  const created = Math.floor(Date.now() / 1000);
  return `{"id":"${id}","object":"chat.completion","created":${created},"model":${JSON.stringify(request.model)},"choices":[${choices
    .map((choice, index) => choiceBody(choice, index, request, tokenizer))
    .join(
      ",",
    )}],"usage":{"prompt_tokens":${usage.prompt},"completion_tokens":${usage.completion},"total_tokens":${total}},"service_tier":"default","system_fingerprint":"fp_simulated"}`;
}

function choiceBody(choice: Choice, index: number, request: ChatRequest, tokenizer: Tokenizer): string {
  const { text, refusal, finishReason } = choice;
  const logprobs = request.logprobs
    ? JSON.stringify(logprobsOf(text ?? "", request.top_logprobs ?? 0, tokenizer))
    : "null";
  return `{"index":${index},"message":{"role":"assistant","content":${JSON.stringify(text)},"refusal":${JSON.stringify(refusal)},"annotations":[]},"logprobs":${logprobs},"finish_reason":"${finishReason}"}`;
}
