import { failedResult, LARGEST_LINE_BYTES, lineBytes } from "../../shared/completions/result-line.ts";
import type { CompletionChunk } from "../../shared/contracts/completion-chunk.ts";
import type { Reply } from "../../shared/contracts/reply-chunk.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";
import type { RowTask } from "./row-task.ts";

/** A row's result with what its judge needs: the chat, so that it can ask again, and what the request carried. */
export function replyOf(task: RowTask, result: RowResult): Reply {
  const { messages, carry = "" } = task;
  if (!result.ok) return { ...result, messages: "", carry };
  const bytes = lineBytes(result.line) + lineBytes(messages) + lineBytes(carry);
  if (bytes <= LARGEST_LINE_BYTES) return { ...result, messages, carry };
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  const message = `The reply and its request take ${megabytes} MB together, more than a message can carry (7.5 MB): shorten the row or lower max_tokens.`;
  const failure = failedResult(task.row, "result_too_large", message, task.attempts, task.used);
  return { ...failure, messages: "", carry };
}

/** The failure of a row of a chunk that was not called. */
export function unaskable({ rows }: CompletionChunk, result: RowResult): Reply {
  const carry = rows.find(({ row }) => row === result.row)?.carry ?? "";
  return { ...result, messages: "", carry };
}
