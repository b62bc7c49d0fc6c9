import { answerFor } from "../../services/openai-simulator/chat/answers.ts";
import { type TokenizerName, tokenizerOf } from "../../services/openai-simulator/chat/tokenizer.ts";
import { parseDistribution } from "../../services/openai-simulator/distribution.ts";

/** What the simulator answers to a prompt. */
export function expectedAnswer(
  model: string,
  options: { maxTokens: number; answerTokens: string; tokenizer: TokenizerName },
): (prompt: string) => string {
  const tokenizer = tokenizerOf(options.tokenizer);
  const length = parseDistribution(options.answerTokens, "tokens");
  return (prompt) =>
    answerFor({ model, messages: [{ role: "user", content: prompt }], max_tokens: options.maxTokens }, 0, {
      tokenizer,
      length,
    });
}
