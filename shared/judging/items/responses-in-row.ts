import { isJsonObject } from "../../datasets/json/exact-json.ts";
import { jsonCell } from "../../datasets/json/json-cell.ts";
import { kindOf, RowFault } from "../../datasets/recipes/row-fault.ts";
import type { Response } from "./item.ts";

const LISTS = ["completions", "responses", "outputs", "generations"];
/** response1, output_2, response_a: the stem and what tells them apart. */
const NUMBERED = /^(response|output|generation|completion)(?:_?(\d{1,4})|_([a-z]))$/;
const SINGLE = ["response", "output", "completion", "annotation", "generated_text", "answer"];

/** Whether responses are looked for in a column of this name. */
export const isResponseColumn = (name: string): boolean =>
  LISTS.includes(name) || NUMBERED.test(name) || SINGLE.includes(name);

const TEXTS = ["text", "completion", "content", "response", "generated_text", "output"];
const WRITERS = ["generator", "model"];
const WRITER_LISTS = ["models", "generation_models", "model_names"];

/**
 * The responses in a row, and the columns that hold them: a list of texts or of {text, model} (UltraFeedback's
 * {response, model}), columns response1, response2, ... (also output_1 or response_a), or one response. Models stand beside
 * them in `models`, in generator_1, model_a, ..., or in `generator` or `model` for all.
 * @throws RowFault if there are none, or one is no text; an empty text is a response
 */
export function responsesIn(row: Record<string, unknown>): { responses: Response[]; columns: string[] } {
  const list = LISTS.find((name) => Array.isArray(jsonCell(row[name])));
  const numbered = numberedIn(row);
  const single = SINGLE.find((name) => Object.hasOwn(row, name));
  const names = list ? [list] : numbered.length > 0 ? numbered : single ? [single] : [];
  const values = list ? (jsonCell(row[list]) as unknown[]) : names.map((name) => row[name]);
  if (values.length === 0) throw new RowFault("no_responses", "has no responses");
  const writers = writersIn(row, names, values.length);
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

/** Columns of the first stem that is there, by their numbers or letters. */
function numberedIn(row: Record<string, unknown>): string[] {
  const found = Object.keys(row).flatMap((name) => {
    const [, stem, number, letter] = NUMBERED.exec(name) ?? [];
    return stem === undefined
      ? []
      : [{ name, stem, at: number === undefined ? letter!.charCodeAt(0) : Number(number) }];
  });
  const family = found.filter(({ stem }) => stem === found[0]!.stem);
  return family.sort((a, b) => a.at - b.at).map(({ name }) => name);
}

interface Writers {
  models: (string | null)[];
  columns: string[];
}

function writersIn(row: Record<string, unknown>, names: readonly string[], count: number): Writers {
  for (const name of WRITER_LISTS) {
    const models = jsonCell(row[name]);
    if (!Array.isArray(models) || !models.every((model) => model === null || typeof model === "string"))
      continue;
    if (models.length === count) return { models, columns: [name] };
    throw new RowFault("wrong_model_count", `has ${models.length} models for ${count} responses`);
  }
  const own = names.map((name) => writerOf(row, name));
  if (own.some((column) => column !== undefined)) {
    const models = own.map((column) => (column === undefined ? null : (row[column] as string)));
    return { models, columns: own.filter((column) => column !== undefined) };
  }
  const column = WRITERS.find((name) => typeof row[name] === "string");
  if (column === undefined) return { models: [], columns: [] };
  return { models: Array.from({ length: count }, () => row[column] as string), columns: [column] };
}

/** Of `output_2` the column generator_2, model_2 or output_2_model, where it holds a name. */
function writerOf(row: Record<string, unknown>, name: string): string | undefined {
  const [, , number, letter] = NUMBERED.exec(name) ?? [];
  const suffix = number ?? letter;
  if (suffix === undefined) return undefined;
  const columns = [
    ...WRITERS.flatMap((writer) => [`${writer}_${suffix}`, `${writer}${suffix}`]),
    `${name}_model`,
  ];
  return columns.find((column) => typeof row[column] === "string");
}
