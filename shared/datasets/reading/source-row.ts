import { NestedTooDeep } from "../json/exact-json.ts";

/** Why a row cannot be used: a code for programs, and the rest of a sentence that begins with the row's place. */
export interface Fault {
  reason: string;
  message: string;
}

/** A record as its file holds it. `line` is where it begins, from 1; 0 where the format has no lines. */
export type SourceRow = { line: number; value: unknown } | { line: number; fault: Fault };

/** Rows come in batches of some hundreds: a promise a row would cost more than reading it. */
export type SourceRows = AsyncGenerator<SourceRow[]>;

/** A row of one file may be this long; what is longer is a broken file, and would not fit into memory. */
export const MAX_ROW_BYTES = 128 * 1024 * 1024;

/** The fault of text that JSON.parse refused; the parser's own words, on one line and short. It counts from the row's begin. */
export function malformedJson(error: unknown): Fault {
  if (error instanceof NestedTooDeep)
    return { reason: "malformed_json", message: error.message.replace(/^it /, "") };
  const said = error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
  const words = said.replace(
    / in JSON at position (\d+)( \(line \d+ column \d+\))?$/,
    (_, at: string) => ` at its character ${Number(at) + 1}`,
  );
  const short = words.length > 160 ? `${words.slice(0, 160)}...` : words;
  return { reason: "malformed_json", message: `is not valid JSON (${short.toWellFormed()})` };
}

export const NOT_UTF8: Fault = { reason: "not_utf8", message: "is not valid UTF-8 text" };
