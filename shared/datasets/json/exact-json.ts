import { isNestedDeeper } from "./json-depth.ts";

/** JSON.parse with the source text of numbers, and its counterpart; not yet in TypeScript's library. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { rawJSON: string };
}
const sourceTextJson = JSON as unknown as SourceTextJson;

/** Where a number may stand that JSON.parse would not give back as it was written: long, with a point or exponent, -0. */
const MAY_LOSE = /(?:^|[:[,])\s*(?:-?\d{16}|-?\d+[.eE]|-0)/;

/** What is nested deeper cannot be written again: writing goes down level by level, and runs out of stack. */
const DEEPEST = 1000;

/** A text that may be JSON, but of no row. */
export class NestedTooDeep extends SyntaxError {
  override name = "NestedTooDeep";
  constructor() {
    super(`it is nested deeper than ${DEEPEST} levels`);
  }
}

/**
 * JSON.parse, but JSON.stringify of the result writes every number as it stood (`1.10`, `12345678901234567890`).
 * Such a number comes back as a raw JSON object; all others are plain numbers.
 * @throws SyntaxError as JSON.parse does; NestedTooDeep
 */
export function parseExactJson(text: string): unknown {
  if (isNestedDeeper(text, DEEPEST)) throw new NestedTooDeep();
  if (!MAY_LOSE.test(text)) return JSON.parse(text);
  return sourceTextJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && JSON.stringify(value) !== source
      ? sourceTextJson.rawJSON(source)
      : value,
  );
}

/** A value as text for a person or a table cell: text as it is, null as nothing, everything else as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

/** Whether a value is a JSON object, and not a number that was kept as written. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !sourceTextJson.isRawJSON(value)
  );
}
