/** One answer of the model, as it is stored. */
export interface Choice {
  text: string | null;
  finish_reason: string | null;
  refusal: string | null;
  logprobs: unknown;
  /** What the model thought before it answered; absent where it shows nothing. */
  reasoning?: string;
  /** Calls of tools that it asks for, in OpenAI's form; absent where there are none. */
  tool_calls?: unknown[];
}

/** A chat completion, checked. */
export interface Completion {
  model: string | null;
  /** As the provider sent it, with OpenAI's names where it has others, or null. */
  usage: Record<string, unknown> | null;
  /** Null where there is no usage that could be read. */
  promptTokens: number | null;
  completionTokens: number | null;
  choices: Choice[];
  /** The provider's words where it broke off while it wrote: what there is of the answer is none. */
  brokenOff?: string;
}
