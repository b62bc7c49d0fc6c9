import { parseExactJson } from "./exact-json.ts";

/** The value of a cell that may hold a list or an object as JSON text, as tables without types have it. */
export function jsonCell(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseExactJson(value);
  } catch {
    return value;
  }
}
