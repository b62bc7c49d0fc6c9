import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { storedLines } from "../lines/stored-lines.ts";
import { fateOfLine, type LineFate } from "./line-fate.ts";

/** What a batch's own files say of each of its requests; an answer counts whatever stands elsewhere. */
export async function resultFates(paths: readonly string[]): Promise<Map<string, LineFate>> {
  const fates = new Map<string, LineFate>();
  for (const path of paths) {
    for await (const lines of storedLines(path)) {
      for (const { text } of lines) {
        const line: unknown = JSON.parse(text.toString());
        if (!isJsonObject(line) || typeof line.custom_id !== "string") continue;
        if (fates.get(line.custom_id) !== "answered") fates.set(line.custom_id, fateOfLine(line));
      }
    }
  }
  return fates;
}
