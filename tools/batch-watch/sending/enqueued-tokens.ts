import { countChatTokens, loadTokenizer } from "../../../shared/annotators/cost/tokens.ts";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { storedLines } from "../lines/stored-lines.ts";

export interface Load {
  requests: number;
  /** Prompt tokens, by the tokenizer of OpenAI's current models. */
  tokens: number;
  /** Requests that another batch takes care of. */
  elsewhere: number;
}

/** What a request file puts into the provider's queue. */
export async function loadOf(path: string, isElsewhere = (_customId: string) => false): Promise<Load> {
  const count = await loadTokenizer("o200k_base");
  const load = { requests: 0, tokens: 0, elsewhere: 0 };
  for await (const lines of storedLines(path)) {
    for (const { text } of lines) {
      load.requests += 1;
      const { custom_id, body } = parsed(text.toString());
      load.tokens += promptTokens(body, count);
      if (typeof custom_id === "string" && isElsewhere(custom_id)) load.elsewhere += 1;
    }
  }
  return load;
}

interface Request {
  custom_id?: unknown;
  body?: { messages?: unknown; input?: unknown; prompt?: unknown };
}

function parsed(text: string): Request {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function promptTokens(body: Request["body"], count: (text: string) => number): number {
  if (Array.isArray(body?.messages)) return countChatTokens(body.messages.filter(isJsonObject), count);
  return count(JSON.stringify(body?.input ?? body?.prompt ?? ""));
}
