import type { Completion } from "../../../shared/completions/completion.ts";

/** The answer to every row where nothing but the transport is measured. */
export const NOOP: Completion = {
  model: null,
  usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  promptTokens: 0,
  completionTokens: 0,
  choices: [{ text: "", finish_reason: "stop", refusal: null, logprobs: null }],
};
