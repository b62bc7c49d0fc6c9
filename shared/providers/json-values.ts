/** An object of JSON: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** No answer has so many tokens: a figure above is a fault of the server, and would spoil every sum that it comes into. */
const MOST = 1_000_000_000;

/** A whole number of at least 0 that an answer can have of something, or null. */
export function count(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST ? value : null;
}
