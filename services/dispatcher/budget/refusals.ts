import { MAX_REQUEST_BYTES } from "../../../shared/topology.ts";
import type { Limit } from "./route-limits.ts";

const MEGABYTE = 1024 * 1024;
const MOST_BYTES_A_UNIT = 3;

/** Why a request is not sent at all, as one sentence; undefined: it may be. */
export function tooManyBytes(body: string): string | undefined {
  if (body.length * MOST_BYTES_A_UNIT <= MAX_REQUEST_BYTES) return undefined;
  const bytes = Buffer.byteLength(body);
  if (bytes <= MAX_REQUEST_BYTES) return undefined;
  return `The request has ${(bytes / MEGABYTE).toFixed(1)} MB, more than the ${MAX_REQUEST_BYTES / MEGABYTE} MB that are sent: shorten the row.`;
}

/**
 * A request that the provider would never let through is refused, not sent.
 * @param prompt as far as it is certain: an estimate refuses nothing
 * @param answer undefined: it is charged when it is there, and refuses nothing
 */
export function tooManyTokens(
  prompt: number,
  answer: { choices: number; maxTokens: number } | undefined,
  tokensPerMinute: Limit,
): string | undefined {
  const { choices, maxTokens } = answer ?? { choices: 1, maxTokens: 0 };
  const most = prompt + choices * maxTokens;
  if (typeof tokensPerMinute !== "number" || most <= tokensPerMinute) return undefined;
  const each = choices === 1 ? `${maxTokens}` : `${choices} x ${maxTokens}`;
  const parts = answer === undefined ? "its prompt alone" : `prompt ${prompt}, answer ${each}`;
  return (
    `The request may take ${most} tokens (${parts}), more than the limit of ` +
    `${tokensPerMinute} tokens a minute: lower max_tokens, shorten the row, or raise max_tokens_per_minute.`
  );
}
