import type { Reply } from "../contracts/reply-chunk.ts";
import type { RowResult } from "../contracts/result-chunk.ts";
import { failedResult, LARGEST_LINE_BYTES, lineBytes, type TokensUsed } from "./result-line.ts";

/** What was asked of the model. */
export interface Asked {
  /** JSON text. */
  messages: string;
  carry: string;
  attempts: number;
  used: TokensUsed;
}

/** A row's result with what its judge needs: the chat, so that it can ask again, and what the request carried. */
export function replyOf({ messages, carry, attempts, used }: Asked, result: RowResult): Reply {
  if (!result.ok) return { ...result, messages: "", carry };
  const bytes = lineBytes(result.line) + lineBytes(messages) + lineBytes(carry);
  if (bytes <= LARGEST_LINE_BYTES) return { ...result, messages, carry };
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  const message = `The reply and its request take ${megabytes} MB together, more than a message can carry (7.5 MB): shorten the row or lower max_tokens.`;
  const failure = failedResult(result.row, "result_too_large", message, attempts, used);
  return { ...failure, messages: "", carry };
}
