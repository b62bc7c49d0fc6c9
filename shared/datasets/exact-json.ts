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

/**
 * JSON.parse, but JSON.stringify of the result writes every number as it stood (`1.10`, `12345678901234567890`).
 * Such a number comes back as a raw JSON object; all others are plain numbers.
 * @throws SyntaxError as JSON.parse does
 */
export function parseExactJson(text: string): unknown {
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
