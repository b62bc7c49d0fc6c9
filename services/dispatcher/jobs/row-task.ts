import type { TokensUsed } from "../../../shared/completions/result-line.ts";
import type { ChunkRow } from "../../../shared/contracts/completion-chunk.ts";
import type { ChunkInHand, RowInHand } from "../../../shared/runtime/worker/chunk-in-hand.ts";

/** A row on its way to a result. */
export interface RowTask extends RowInHand {
  readonly row: number;
  /** JSON text of the chat; empty once there is a result. */
  messages: string;
  readonly carry: string | undefined;
  /** Calls that were made and count. */
  attempts: number;
  /** -1: not counted. */
  promptTokens: number;
  /** Tokens set aside for the call that is open. */
  reserved: number;
  /** What it took of its job's share of the route. */
  cost: number;
  readonly used: TokensUsed;
}

export function rowTask({ row, messages, carry }: ChunkRow, chunk: ChunkInHand): RowTask {
  const used = { promptTokens: 0, completionTokens: 0 };
  return { row, chunk, messages, carry, attempts: 0, promptTokens: -1, reserved: 0, cost: 0, used };
}
