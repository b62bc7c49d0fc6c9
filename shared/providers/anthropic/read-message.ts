import type { Choice, Completion } from "../../completions/completion.ts";
import { count, isObject } from "../json-values.ts";

/** Anthropic's stop reasons in OpenAI's words; others stay as they are. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** Reads a message, as its body; undefined: it is none. */
export function readMessage(body: string): Completion | undefined {
  try {
    return messageOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** The same of a body that is parsed already. */
export function messageOf(parsed: unknown): Completion | undefined {
  if (!isObject(parsed) || !Array.isArray(parsed.content) || parsed.type === "error") return undefined;
  const choice = choiceOf(parsed.content, parsed.stop_reason);
  if (choice === undefined) return undefined;
  const usage = isObject(parsed.usage) ? parsed.usage : undefined;
  const promptTokens = promptTokensOf(usage);
  const completionTokens = count(usage?.output_tokens);
  return {
    model: typeof parsed.model === "string" ? parsed.model : null,
    usage: usage === undefined ? null : usageOf(usage, promptTokens, completionTokens),
    promptTokens,
    completionTokens,
    choices: [choice],
  };
}

/** Text blocks are the answer, thinking is what came before it, and uses of tools are calls. */
function choiceOf(content: unknown[], stopReason: unknown): Choice | undefined {
  let text: string | null = null;
  let reasoning = "";
  const calls: object[] = [];
  for (const block of content) {
    if (!isObject(block)) return undefined;
    if (block.type === "text" && typeof block.text === "string") text = (text ?? "") + block.text;
    else if (block.type === "thinking" && typeof block.thinking === "string") reasoning += block.thinking;
    else if (block.type === "tool_use") calls.push(toolCall(block));
  }
  const reason = typeof stopReason === "string" ? stopReason : null;
  return {
    text,
    finish_reason: reason === null ? null : (FINISH_REASONS[reason] ?? reason),
    refusal: null,
    logprobs: null,
    ...(reasoning !== "" && { reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function toolCall({ id, name, input }: Record<string, unknown>): object {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input ?? {}) } };
}

/** What was read from and written into the cache is no part of `input_tokens`, but of the prompt. */
function promptTokensOf(usage: Record<string, unknown> | undefined): number | null {
  const fresh = count(usage?.input_tokens);
  if (fresh === null) return null;
  return (
    fresh + (count(usage?.cache_read_input_tokens) ?? 0) + (count(usage?.cache_creation_input_tokens) ?? 0)
  );
}

/** The provider's own figures, and beside them OpenAI's names for them. */
function usageOf(
  usage: Record<string, unknown>,
  prompt: number | null,
  completion: number | null,
): Record<string, unknown> {
  return {
    ...(prompt !== null && { prompt_tokens: prompt }),
    ...(completion !== null && { completion_tokens: completion }),
    ...(prompt !== null && completion !== null && { total_tokens: prompt + completion }),
    prompt_tokens_details: { cached_tokens: count(usage.cache_read_input_tokens) ?? 0 },
    ...usage,
  };
}
