import { isJsonObject, textOf } from "../../datasets/json/exact-json.ts";
import { kindOf, RowFault } from "../../datasets/recipes/row-fault.ts";
import type { Item, Response } from "./item.ts";
import { byRoles, type ItemColumns } from "./item-columns.ts";
import { promptIn } from "./prompt-in-row.ts";
import { responsesIn } from "./responses-in-row.ts";
import type { ShapedRow } from "./shapes/row-shape.ts";
import { shapeOf } from "./shapes/row-shapes.ts";

const IDS = ["id", "prompt_hash", "custom_id"];
const REFERENCES = ["reference", "reference_output", "reference_answer", "reference_response"];

export interface ItemInRowOptions {
  /** Column that holds the id; else `id`, `prompt_hash` or `custom_id`, else the row's number. */
  idColumn?: string | undefined;
  /** Columns that the user names for what is in them. */
  columns?: ItemColumns | undefined;
  /** Model whose response is what the others are compared with. */
  referenceModel?: string | undefined;
  /** What is called a reference matters to the method; else one that is no text is a column like any other. */
  needsReference?: boolean;
  /** Keep the prompt of a row of a mix. */
  keepTexts: boolean;
}

/** An item from a row of any form that FORMATS lists. @throws RowFault if none is in it */
export function itemInRow(row: Record<string, unknown>, number: number, options: ItemInRowOptions): Item {
  if (options.columns === undefined) return itemInKnownRow(row, number, options);
  const { view, others } = byRoles(row, options.columns);
  const item = itemInKnownRow(view, number, options);
  return { ...item, extra: { ...others, ...item.extra } };
}

function itemInKnownRow(row: Record<string, unknown>, number: number, options: ItemInRowOptions): Item {
  const { prompt, responses, columns } = shapeOf(row)?.read(row) ?? inColumns(row);
  const reference = referenceIn(row, responses, options);
  const used = new Set(["id", ...prompt.columns, ...columns, ...(reference?.columns ?? [])]);
  const item: Item = {
    id: idOf(row, number, options.idColumn),
    instruction: prompt.instruction,
    input: prompt.input,
    responses: reference ? reference.others : responses,
    extra: {},
  };
  if (reference) item.reference = reference.reference;
  if (prompt.columns[0] === "raw_text" && columns[0] === "completions") takeMix(item, row, used, options);
  item.extra = Object.fromEntries(Object.entries(row).filter(([name]) => !used.has(name)));
  if (prompt.asked) item.extra.asked = prompt.asked;
  return item;
}

/** Each column by itself says what it is. */
function inColumns(row: Record<string, unknown>): ShapedRow {
  const isGenerated = Array.isArray(row.outputs) && row.outputs.every(isJsonObject) && "text" in row;
  return { prompt: promptIn(row, isGenerated ? "text" : undefined), ...responsesIn(row) };
}

/** A row of an annotation mix: its order was drawn, and it is about one aspect, in whose words `text` asks. */
function takeMix(
  item: Item,
  { aspect, text }: Record<string, unknown>,
  used: Set<string>,
  { keepTexts }: ItemInRowOptions,
): void {
  item.arranged = true;
  for (const name of ["aspect", "text"]) used.add(name);
  if (typeof aspect !== "string") return;
  item.aspects = [aspect];
  if (keepTexts && typeof text === "string") item.texts = { [aspect]: text };
}

function idOf(row: Record<string, unknown>, number: number, column: string | undefined): string {
  const name = column ?? IDS.find((one) => (row[one] ?? "") !== "");
  if (name === undefined) return String(number);
  const id = row[name];
  if ((id ?? "") === "") throw new RowFault("no_id", `has nothing in "${name}", which is to be its id`);
  if (typeof id === "string" || kindOf(id) === "a number") return textOf(id);
  throw new RowFault("invalid_id", `has ${kindOf(id)} in "${name}" where text or a number is needed`);
}

function referenceIn(
  row: Record<string, unknown>,
  responses: readonly Response[],
  { referenceModel: model, needsReference }: ItemInRowOptions,
): { reference: Response; others: Response[]; columns: string[] } | undefined {
  if (model !== undefined) {
    const reference = responses.find((one) => one.model === model);
    if (!reference) throw new RowFault("no_reference", `has no response of ${model}`);
    return { reference, others: responses.filter((one) => one !== reference), columns: [] };
  }
  const column = REFERENCES.find((name) => (row[name] ?? null) !== null);
  if (column === undefined) return undefined;
  const value = row[column];
  const text = isJsonObject(value) ? value.text : value;
  if (typeof text !== "string" && !needsReference) return undefined;
  if (typeof text !== "string") throw new RowFault("no_reference", `has no text in "${column}"`);
  const writer = isJsonObject(value) && typeof value.model === "string" ? value.model : null;
  return { reference: { text, model: writer }, others: [...responses], columns: [column] };
}
