import { isJsonObject, textOf } from "../../shared/datasets/json/exact-json.ts";
import type { Fault } from "../../shared/datasets/reading/source-row.ts";
import { errorFault, type GeneratedText, generatedText, NOT_A_RESULT } from "./completion-text.ts";

/** Where a line comes from: any call of OpenAI, its Batch API, or generation with a fine-tuned model on this machine. */
export const SOURCE_TYPES = ["openai", "openai_batch", "finetuned"] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

export type ResultLine = { id: string } & ({ text: GeneratedText } | { fault: Fault });

/** Members that hold the text of a locally generated line, by their usual names. */
const TEXT_NAMES = ["generated_text", "generation", "response", "output", "completion", "text"];

/** What a line of results says. @param number stands for the id where the line has none */
export function readResultLine(value: unknown, type: SourceType, number: number): ResultLine {
  if (type === "finetuned") return generatedHere(value, number);
  if (type === "openai" && Array.isArray(value)) return pairOf(value, number);
  if (!isJsonObject(value)) return { id: String(number), fault: NOT_A_RESULT };
  if ("custom_id" in value) return batchResult(value, number);
  if (type === "openai") return { id: idOf(value, ["id"], number), ...read(value) };
  return { id: String(number), fault: NOT_A_RESULT };
}

/** {id, custom_id, response: {status_code, body}, error} */
function batchResult(line: Record<string, unknown>, number: number): ResultLine {
  const id = idOf(line, ["custom_id"], number);
  if (isJsonObject(line.error)) return { id, fault: errorFault(line.error) };
  if (!isJsonObject(line.response)) return { id, fault: NOT_A_RESULT };
  const { status_code: status, body } = line.response;
  const result = read(body);
  if (status === undefined || status === 200) return { id, ...result };
  if ("fault" in result && result.fault !== NOT_A_RESULT) return { id, fault: result.fault };
  return {
    id,
    fault: { reason: `status_${textOf(status)}`, message: `failed with status ${textOf(status)}` },
  };
}

/** [request, response, metadata?], as scripts that call in parallel save them; a failed call has a list of its errors. */
function pairOf([request, response, metadata]: unknown[], number: number): ResultLine {
  const named = isJsonObject(metadata) ? metadata : isJsonObject(request) ? request.metadata : undefined;
  const id = idOf(isJsonObject(named) ? named : {}, ["custom_id", "id", "row_id"], number);
  if (!Array.isArray(response)) return { id, ...read(response) };
  const last = response.at(-1);
  if (isJsonObject(last)) return { id, fault: errorFault(isJsonObject(last.error) ? last.error : last) };
  return {
    id,
    fault: { reason: "provider_error", message: `failed: ${textOf(last) || "without a reason"}` },
  };
}

function generatedHere(value: unknown, number: number): ResultLine {
  if (!isJsonObject(value)) return { id: String(number), fault: NOT_A_RESULT };
  const id = idOf(value, ["custom_id", "id"], number);
  if (typeof value.error === "string") return { id, fault: errorFault({ message: value.error }) };
  if (isJsonObject(value.error)) return { id, fault: errorFault(value.error) };
  const present = TEXT_NAMES.filter((name) => Object.hasOwn(value, name));
  const name = present.find((one) => typeof value[one] === "string");
  if (name !== undefined) return { id, text: { generated_text: value[name] as string } };
  if (present.length === 0) return { id, fault: NOT_A_RESULT };
  return { id, fault: { reason: "no_text", message: `has no text in "${present[0]}"` } };
}

function read(body: unknown): { text: GeneratedText } | { fault: Fault } {
  const result = generatedText(body);
  return "fault" in result ? result : { text: result };
}

function idOf(from: Record<string, unknown>, names: string[], number: number): string {
  const id = names.map((name) => from[name]).find((one) => one !== undefined && one !== null && one !== "");
  return id === undefined ? String(number) : textOf(id);
}
