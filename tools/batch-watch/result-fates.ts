import { isJsonObject } from "../../shared/datasets/exact-json.ts";
import { fateOf, type LineFate } from "./line-fate.ts";
import { storedLines } from "./stored-lines.ts";

/** `unfinished`: its batch ended before it was got to. */
export type ResultFate = LineFate | "unfinished";

const UNFINISHED = /^batch_(expired|cancelled)$/;

/** What a batch's own files say of each of its requests; an answer counts whatever stands elsewhere. */
export async function resultFates(paths: readonly string[]): Promise<Map<string, ResultFate>> {
  const fates = new Map<string, ResultFate>();
  for (const path of paths) {
    for await (const lines of storedLines(path)) {
      for (const { text } of lines) {
        const line: unknown = JSON.parse(text.toString());
        if (!isJsonObject(line) || typeof line.custom_id !== "string") continue;
        if (fates.get(line.custom_id) !== "answered") fates.set(line.custom_id, resultFate(line));
      }
    }
  }
  return fates;
}

function resultFate(line: Record<string, unknown>): ResultFate {
  const code = isJsonObject(line.error) ? line.error.code : undefined;
  return typeof code === "string" && UNFINISHED.test(code) ? "unfinished" : fateOf(line);
}
