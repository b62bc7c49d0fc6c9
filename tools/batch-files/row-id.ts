import { isJsonObject, textOf } from "../../shared/datasets/json/exact-json.ts";
import type { Fault } from "../../shared/datasets/reading/source-row.ts";
import { kindOf } from "../../shared/datasets/recipes/row-fault.ts";

const NAMES = ["custom_id", "id"] as const;

/** The row's own `custom_id` or `id` as text, else its number; a fault for an id that is neither text nor number. */
export function rowId(row: unknown, number: number): string | { fault: Fault } {
  if (!isJsonObject(row)) return String(number);
  for (const name of NAMES) {
    const id = Object.hasOwn(row, name) ? row[name] : null;
    if (id === null || id === "") continue;
    if (typeof id === "string" || kindOf(id) === "a number") return textOf(id);
    const message = `has ${kindOf(id)} in column "${name}" where text or a number is needed`;
    return { fault: { reason: "invalid_id", message } };
  }
  return String(number);
}
