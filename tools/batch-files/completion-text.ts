import { isJsonObject } from "../../shared/datasets/json/exact-json.ts";
import type { Fault } from "../../shared/datasets/reading/source-row.ts";

/** What a model wrote. Members beside the text stand only where there is something to say. */
export interface GeneratedText {
  generated_text: string;
  /** All choices, where more than one was asked. */
  generated_texts?: string[];
  /** The text is the model's refusal. */
  refusal?: true;
  /** Where it is not `stop`: the text may be cut. */
  finish_reason?: string;
}

type Choice = { text: string; refusal: boolean; finishReason: string | undefined };

/** The text of a response body: of chat completions, completions or the Responses API. */
export function generatedText(body: unknown): GeneratedText | { fault: Fault } {
  if (!isJsonObject(body)) return { fault: NOT_A_RESULT };
  if (isJsonObject(body.error)) return { fault: errorFault(body.error) };
  const choices = choicesOf(body);
  if (choices === undefined) return { fault: Array.isArray(body.data) ? NOT_TEXT : NOT_A_RESULT };
  const [first] = choices;
  if (first === undefined) return { fault: { reason: "no_choices", message: "has no choices" } };
  if ("fault" in first) return first;
  const texts = choices.flatMap((choice) => ("fault" in choice ? [] : [choice.text]));
  return {
    generated_text: first.text,
    ...(choices.length > 1 && { generated_texts: texts }),
    ...(first.refusal && { refusal: true as const }),
    ...(first.finishReason !== undefined && { finish_reason: first.finishReason }),
  };
}

export const NOT_A_RESULT: Fault = {
  reason: "not_a_result",
  message: "holds no response of the kind that --source_type names",
};
const NOT_TEXT: Fault = {
  reason: "not_text",
  message: "holds a response that is no text, such as an embedding",
};

/** The provider's error object, as a fault. */
export function errorFault(error: Record<string, unknown>): Fault {
  const code = error.code ?? error.type;
  const message = typeof error.message === "string" ? error.message : JSON.stringify(error);
  return {
    reason: typeof code === "string" && code !== "" ? code : "provider_error",
    message: `failed: ${message}`,
  };
}

function choicesOf(body: Record<string, unknown>): (Choice | { fault: Fault })[] | undefined {
  if (Array.isArray(body.choices)) {
    const choices = body.choices.filter(isJsonObject);
    return choices.toSorted((a, b) => Number(a.index ?? 0) - Number(b.index ?? 0)).map(choiceOf);
  }
  return Array.isArray(body.output) ? [responseChoice(body, body.output.filter(isJsonObject))] : undefined;
}

function choiceOf(choice: Record<string, unknown>): Choice | { fault: Fault } {
  const finishReason = reasonOf(choice.finish_reason);
  if (typeof choice.text === "string") return { text: choice.text, refusal: false, finishReason };
  const message = isJsonObject(choice.message) ? choice.message : {};
  return written([contentOf(message.content, "text"), message.refusal], finishReason);
}

/** The Responses API gives items, of which messages hold the text in parts; reasoning is no text of the answer. */
function responseChoice(
  body: Record<string, unknown>,
  items: Record<string, unknown>[],
): Choice | { fault: Fault } {
  const messages = items.filter((item) => item.type === "message" && Array.isArray(item.content));
  const parts = messages.flatMap((item) => item.content as unknown[]);
  const details = isJsonObject(body.incomplete_details) ? body.incomplete_details.reason : undefined;
  return written([contentOf(parts, "text"), contentOf(parts, "refusal")], reasonOf(details));
}

/** @param sources the answer, and the refusal that stands for it where there is none */
function written(
  [text, refusal]: [unknown, unknown],
  finishReason: string | undefined,
): Choice | { fault: Fault } {
  if (typeof text === "string" && (text !== "" || typeof refusal !== "string")) {
    return { text, refusal: false, finishReason };
  }
  if (typeof refusal === "string") return { text: refusal, refusal: true, finishReason };
  const why = finishReason === undefined ? "" : ` (finish reason ${finishReason})`;
  return { fault: { reason: finishReason ?? "no_text", message: `has neither text nor a refusal${why}` } };
}

/** Text as it is; of parts those of one kind together; undefined where there are none. */
function contentOf(content: unknown, member: "text" | "refusal"): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((part) =>
    isJsonObject(part) && typeof part[member] === "string" ? [part[member]] : [],
  );
  return texts.length > 0 ? texts.join("") : undefined;
}

function reasonOf(reason: unknown): string | undefined {
  return typeof reason === "string" && reason !== "stop" ? reason : undefined;
}
