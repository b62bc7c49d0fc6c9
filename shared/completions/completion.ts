/** One answer of the model, as it is stored. */
export interface Choice {
  text: string | null;
  finish_reason: string | null;
  refusal: string | null;
  logprobs: unknown;
}

/** A chat completion, checked. */
export interface Completion {
  model: string | null;
  /** As the provider sent it, or null. */
  usage: Record<string, unknown> | null;
  /** Null where there is no usage that could be read. */
  promptTokens: number | null;
  completionTokens: number | null;
  choices: Choice[];
}
