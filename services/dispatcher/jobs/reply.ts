import type { CompletionChunk } from "../../../shared/contracts/completion-chunk.ts";
import type { Reply } from "../../../shared/contracts/reply-chunk.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";

/** The failure of a row of a chunk that was not called. */
export function unaskable({ rows }: CompletionChunk, result: RowResult): Reply {
  const carry = rows.find(({ row }) => row === result.row)?.carry ?? "";
  return { ...result, messages: "", carry };
}
