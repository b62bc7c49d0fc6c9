import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";

/** A request of any tool begins with its custom_id, mostly. */
const BEGINNING = /^\s*\{\s*"custom_id"\s*:\s*"([^"\\]*)"/;

/** The custom_id of a request line, without reading the whole of it where that can be helped; undefined where it has none. */
export function customIdIn(line: Buffer): string | undefined {
  const text = line.toString();
  const [, id] = BEGINNING.exec(text) ?? [];
  // A piece of a text keeps all of that text in memory.
  if (id !== undefined) return Buffer.from(id).toString();
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && typeof value.custom_id === "string" ? value.custom_id : undefined;
  } catch {
    return undefined;
  }
}
