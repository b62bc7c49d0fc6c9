import { isJsonObject } from "../../datasets/json/exact-json.ts";
import { jsonCell } from "../../datasets/json/json-cell.ts";
import { kindOf, RowFault } from "../../datasets/recipes/row-fault.ts";
import type { Response } from "./item.ts";

const LISTS = ["completions", "responses", "outputs"];
const NUMBERED = /^(?:response|output)(\d{1,4})$/;
const SINGLE = ["response", "output", "completion", "annotation", "generated_text", "answer"];

/** Whether responses are looked for in a column of this name. */
export const isResponseColumn = (name: string): boolean =>
  LISTS.includes(name) || NUMBERED.test(name) || SINGLE.includes(name);

const TEXTS = ["text", "completion", "content"];
const WRITERS = ["generator", "model"];

/**
 * The responses in a row, and the columns that hold them: a list of texts or of {text, model}, columns response1,
 * response2, ..., or one response. Models stand beside them in `models`, or in `generator` or `model` for all.
 * @throws RowFault if there are none, or one is no text; an empty text is a response
 */
export function responsesIn(row: Record<string, unknown>): { responses: Response[]; columns: string[] } {
  const list = LISTS.find((name) => Array.isArray(jsonCell(row[name])));
  const numbered = Object.keys(row)
    .filter((name) => NUMBERED.test(name))
    .sort((a, b) => Number(NUMBERED.exec(a)![1]) - Number(NUMBERED.exec(b)![1]));
  const single = SINGLE.find((name) => Object.hasOwn(row, name));
  const names = list ? [list] : numbered.length > 0 ? numbered : single ? [single] : [];
  const values = list ? (jsonCell(row[list]) as unknown[]) : names.map((name) => row[name]);
  if (values.length === 0) throw new RowFault("no_responses", "has no responses");
  const writers = writersIn(row, values.length);
  const responses = values.map((value, index) => ({
    text: textOf(value, index + 1),
    model: modelOf(value) ?? writers.models[index] ?? null,
  }));
  return { responses, columns: [...names, ...writers.columns] };
}

function textOf(value: unknown, number: number): string {
  const text = isJsonObject(value)
    ? TEXTS.map((name) => value[name]).find((one) => one !== undefined)
    : value;
  if (typeof text === "string") return text;
  throw new RowFault("no_response", `has ${kindOf(text)} as response ${number} where text is needed`);
}

const modelOf = (value: unknown) =>
  isJsonObject(value) && typeof value.model === "string" ? value.model : undefined;

function writersIn(
  row: Record<string, unknown>,
  count: number,
): { models: (string | null)[]; columns: string[] } {
  const models = jsonCell(row.models);
  if (Array.isArray(models) && models.every((model) => model === null || typeof model === "string")) {
    if (models.length === count) return { models, columns: ["models"] };
    throw new RowFault("wrong_model_count", `has ${models.length} models for ${count} responses`);
  }
  const column = WRITERS.find((name) => typeof row[name] === "string");
  if (column === undefined) return { models: [], columns: [] };
  return { models: Array.from({ length: count }, () => row[column] as string), columns: [column] };
}
