import type { TokensUsed } from "../../../shared/completions/result-line.ts";
import type { ChunkRow } from "../../../shared/contracts/completion-chunk.ts";

/** A chunk that this replica works on; it is settled when each of its rows is stored or put back. */
export interface ChunkInHand {
  /** Rows that are neither. */
  pending: number;
  /** Rows that were put back: the chunk must come again. */
  undone: number;
  readonly traceparent: string | undefined;
  settled(): void;
}

/** A row on its way to a result. */
export interface RowTask {
  readonly row: number;
  readonly chunk: ChunkInHand;
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

/** The row's result is stored, or nobody wants it any more. */
export function taskDone(task: RowTask): void {
  task.chunk.pending -= 1;
  if (task.chunk.pending === 0) task.chunk.settled();
}

/** The row is to be given again, with its chunk. */
export function taskUndone(task: RowTask): void {
  task.chunk.undone += 1;
  taskDone(task);
}
