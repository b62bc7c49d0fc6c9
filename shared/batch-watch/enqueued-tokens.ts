import { countChatTokens, loadTokenizer } from "../annotators/tokens.ts";
import type { Batch } from "../batch-api/batch.ts";
import { isJsonObject } from "../datasets/exact-json.ts";
import { storedLines } from "./stored-lines.ts";

/** The limit that a refused batch met, in prompt tokens, where the provider's words name it. */
export function enqueuedLimit({ errors }: Pick<Batch, "errors">): number | undefined {
  for (const { code, message } of errors?.data ?? []) {
    const said = code === "token_limit_exceeded" && /limit:?\s*(\d[\d,.]*)/i.exec(message ?? "");
    if (said) return Number(said[1]!.replace(/\D/g, ""));
  }
  return undefined;
}

export interface Load {
  requests: number;
  /** Prompt tokens, by the tokenizer of OpenAI's current models. */
  tokens: number;
}

/** What a request file puts into the provider's queue. */
export async function loadOf(path: string): Promise<Load> {
  const count = await loadTokenizer("o200k_base");
  const load = { requests: 0, tokens: 0 };
  for await (const lines of storedLines(path)) {
    for (const { text } of lines) {
      load.requests += 1;
      load.tokens += promptTokens(text.toString(), count);
    }
  }
  return load;
}

function promptTokens(text: string, count: (text: string) => number): number {
  try {
    const { body } = JSON.parse(text) as { body?: { messages?: unknown; input?: unknown; prompt?: unknown } };
    if (Array.isArray(body?.messages)) return countChatTokens(body.messages.filter(isJsonObject), count);
    return count(JSON.stringify(body?.input ?? body?.prompt ?? ""));
  } catch {
    return 0;
  }
}
