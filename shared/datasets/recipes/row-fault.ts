import { textOf } from "../json/exact-json.ts";
import type { Fault } from "../reading/source-row.ts";

/** Thrown inside a recipe; `message` goes on from the row's place: "has no instruction ...". */
export class RowFault extends Error {
  readonly fault: Fault;
  constructor(reason: string, message: string) {
    super(message);
    this.fault = { reason, message };
  }
}

/** What a JSON value is, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && !/^-?\d/.test(textOf(value))) return "an object";
  return typeof value === "string" ? "text" : typeof value === "boolean" ? "true or false" : "a number";
}
