import type { Choice, Completion } from "../../completions/completion.ts";

/**
 * Reads a response body. Undefined: it is no chat completion. A hand-written total check: this runs once a call, and
 * a schema would take longer than all else that a call needs.
 */
export function readCompletion(body: string): Completion | undefined {
  try {
    return completionOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** The same of a body that is parsed already. */
export function completionOf(parsed: unknown): Completion | undefined {
  if (!isObject(parsed) || !Array.isArray(parsed.choices) || parsed.choices.length === 0) return undefined;
  const choices: Choice[] = [];
  for (const raw of inOrder(parsed.choices)) {
    const choice = readChoice(raw);
    if (choice === undefined) return undefined;
    choices.push(choice);
  }
  const usage = isObject(parsed.usage) ? parsed.usage : null;
  return {
    model: typeof parsed.model === "string" ? parsed.model : null,
    usage,
    promptTokens: count(usage?.prompt_tokens),
    completionTokens: count(usage?.completion_tokens),
    choices,
  };
}

function readChoice(raw: unknown): Choice | undefined {
  if (!isObject(raw) || !isObject(raw.message)) return undefined;
  const text = textOf(raw.message.content);
  if (text === undefined) return undefined;
  return {
    text,
    finish_reason: typeof raw.finish_reason === "string" ? raw.finish_reason : null,
    refusal: typeof raw.message.refusal === "string" ? raw.message.refusal : null,
    logprobs: raw.logprobs ?? null,
  };
}

/** Text, text parts joined, or null; undefined where it is nothing of that. */
function textOf(content: unknown): string | null | undefined {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return null;
  if (!Array.isArray(content)) return undefined;
  let text = "";
  for (const part of content) {
    if (!isObject(part)) return undefined;
    if (typeof part.text === "string") text += part.text;
  }
  return text;
}

/** By `index` where the provider numbers its choices. */
function inOrder(choices: unknown[]): unknown[] {
  if (choices.length === 1) return choices;
  const index = (choice: unknown) =>
    isObject(choice) && typeof choice.index === "number" ? choice.index : 0;
  return choices.toSorted((a, b) => index(a) - index(b));
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
