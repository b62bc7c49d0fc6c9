import { type ChatRequest, textOf } from "./chat-request.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Tokens of the prompt as the provider's guide counts them: per message 4 + the tokens of each value, + 2. */
export function promptTokens(request: ChatRequest, tokenizer: Tokenizer): number {
  let tokens = 2;
  for (const message of request.messages) {
    tokens += 4 + tokenizer.count(message.role) + tokenizer.count(textOf(message));
    if (message.name !== undefined) tokens += tokenizer.count(message.name);
  }
  return tokens;
}
