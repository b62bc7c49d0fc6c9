import type { RowResult } from "../contracts/result-chunk.ts";
import type { Completion } from "./completion.ts";

/** Tokens that a row's calls used so far, also those whose answer was not kept. */
export interface TokensUsed {
  promptTokens: number;
  completionTokens: number;
}

/** A result message must fit the broker's largest payload, with what stands around it. */
export const LARGEST_LINE_BYTES = 7.5 * 1024 * 1024;
/** UTF-8 takes three bytes for a UTF-16 unit at most. */
const MOST_BYTES_A_UNIT = 3;

/** The result of a row whose completion is kept. `model` stands in where the provider names none. */
export function goodResult(
  row: number,
  completion: Completion,
  model: string,
  attempts: number,
  used: TokensUsed,
): RowResult {
  const line = JSON.stringify({
    row,
    model: completion.model ?? model,
    usage: completion.usage,
    choices: completion.choices,
    attempts,
  });
  if (lineBytes(line) > LARGEST_LINE_BYTES) {
    const megabytes = (lineBytes(line) / 1024 / 1024).toFixed(1);
    const message = `The answer takes ${megabytes} MB, more than a message can carry (7.5 MB): ask for fewer or shorter answers, or leave out logprobs.`;
    return failedResult(row, "result_too_large", message, attempts, used);
  }
  return { row, ok: true, truncated: isTruncated(completion), line, ...tokens(used) };
}

export function failedResult(
  row: number,
  reason: string,
  message: string,
  attempts: number,
  used: TokensUsed,
): RowResult {
  const line = JSON.stringify({ row, reason, message, attempts });
  return { row, ok: false, truncated: false, line, ...tokens(used) };
}

/** An upper bound that costs nothing, or the exact number where the bound is too much for one message. */
export function lineBytes(line: string): number {
  const bound = line.length * MOST_BYTES_A_UNIT;
  return bound <= LARGEST_LINE_BYTES ? bound : Buffer.byteLength(line);
}

function isTruncated(completion: Completion): boolean {
  for (const choice of completion.choices) if (choice.finish_reason === "length") return true;
  return false;
}

function tokens(used: TokensUsed): TokensUsed {
  return { promptTokens: used.promptTokens, completionTokens: used.completionTokens };
}
