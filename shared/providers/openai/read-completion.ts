import type { Choice, Completion } from "../../completions/completion.ts";
import { wordsOf } from "../faults/provider-words.ts";
import { count, isObject } from "../json-values.ts";
import { readBody } from "./read-body.ts";

/** Finish reasons by which servers say that they, not the model, ended the answer. */
const BROKEN_OFF = new Set(["error", "insufficient_system_resource"]);

/**
 * Reads a response body. Undefined: it is no chat completion. A hand-written total check: this runs once a call, and
 * a schema would take longer than all else that a call needs.
 */
export function readCompletion(body: string): Completion | undefined {
  try {
    return completionOf(readBody(body));
  } catch {
    return undefined;
  }
}

/** The same of a body that is parsed already. */
export function completionOf(parsed: unknown): Completion | undefined {
  if (!isObject(parsed) || !Array.isArray(parsed.choices) || parsed.choices.length === 0) return undefined;
  const raws = inOrder(parsed.choices);
  const choices: Choice[] = [];
  for (const raw of raws) {
    const choice = readChoice(raw);
    if (choice === undefined) return undefined;
    choices.push(choice);
  }
  const usage = isObject(parsed.usage) ? parsed.usage : null;
  const brokenOff = brokenOffOf(parsed.error, raws, choices);
  return {
    model: typeof parsed.model === "string" ? parsed.model : null,
    usage,
    promptTokens: count(usage?.prompt_tokens),
    completionTokens: completionTokensOf(usage),
    choices,
    ...(brokenOff !== undefined && { brokenOff }),
  };
}

/** Some count what the model thought in the total alone: it is paid all the same. */
function completionTokensOf(usage: Record<string, unknown> | null): number | null {
  const said = count(usage?.completion_tokens);
  const [total, prompt] = [count(usage?.total_tokens), count(usage?.prompt_tokens)];
  if (said === null || total === null || prompt === null) return said;
  return Math.max(said, total - prompt);
}

function brokenOffOf(error: unknown, raws: unknown[], choices: Choice[]): string | undefined {
  const place = choices.findIndex(
    ({ finish_reason }, at) => BROKEN_OFF.has(finish_reason ?? "") || (raws[at] as { error?: unknown }).error,
  );
  if (place < 0 && !error) return undefined;
  const said = (place >= 0 && (raws[place] as { error?: unknown }).error) || error;
  const words = said ? wordsOf(JSON.stringify({ error: said })).message : "";
  return words || `finish_reason "${choices[Math.max(place, 0)]!.finish_reason}"`;
}

function readChoice(raw: unknown): Choice | undefined {
  if (!isObject(raw)) return undefined;
  // Servers of completions that are no chats say what was said as the choice's own text.
  const message =
    typeof raw.text === "string" && raw.message === undefined ? { content: raw.text } : raw.message;
  if (!isObject(message)) return undefined;
  const text = textOf(message.content);
  if (text === undefined) return undefined;
  const choice: Choice = {
    text,
    finish_reason: typeof raw.finish_reason === "string" ? raw.finish_reason : null,
    refusal: typeof message.refusal === "string" ? message.refusal : null,
    logprobs: raw.logprobs ?? null,
  };
  const reasoning = message.reasoning_content || message.reasoning || thinkingIn(message.content);
  if (typeof reasoning === "string" && reasoning !== "") choice.reasoning = reasoning;
  if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0)
    choice.tool_calls = message.tool_calls;
  return choice;
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

/** Some give what the model thought as a part of the content, itself in parts. */
function thinkingIn(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const thoughts = content.flatMap((part) =>
    isObject(part) && part.type === "thinking"
      ? typeof part.thinking === "string"
        ? part.thinking
        : textOf(part.thinking)
      : [],
  );
  return thoughts.filter(Boolean).join("") || undefined;
}

/** By `index` where the provider numbers its choices. */
function inOrder(choices: unknown[]): unknown[] {
  if (choices.length === 1) return choices;
  const index = (choice: unknown) =>
    isObject(choice) && typeof choice.index === "number" ? choice.index : 0;
  return choices.toSorted((a, b) => index(a) - index(b));
}
