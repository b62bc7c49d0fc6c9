import type { HaltReason } from "../../contracts/collector-questions.ts";
import type { ChunkRow } from "../../contracts/completion-chunk.ts";
import type { DispatchSpec } from "../../contracts/job-entry.ts";
import type { Reply } from "../../contracts/reply-chunk.ts";
import type { RowResult } from "../../contracts/result-chunk.ts";
import type { ChunkInHand, RowInHand } from "./chunk-in-hand.ts";

/** What a service does with rows. */
export interface RowWorker {
  /** Each row is given to `Hands.finished` in the end, or was returned by `withdraw` or `abort`, or `rowUndone`. */
  take(rows: ChunkRow[], chunk: ChunkInHand): void;
  /** Rows that were taken and have no result. */
  unfinished(): number;
  /** Rows that it should have in hand, unfinished ones included. */
  room(): number;
  /** From now on none is begun; those that are not begun are returned. */
  withdraw(): RowInHand[];
  /** Ends those that are begun, and returns them. */
  abort(): RowInHand[];
  /** The job runs, and what may change meanwhile is this. */
  follow(dispatch: DispatchSpec): void;
  /** There may be more room than before. */
  pump(): void;
  /** After its last row. */
  leave(): void;
}

/** What a session gives to its worker. */
export interface Hands {
  finished(row: RowInHand, result: RowResult | Reply): void;
  /** Of the results that were finished and are not stored yet. */
  unstoredBytes(): number;
  /** Working on is useless: the job must be halted. */
  halt(state: "paused" | "failed", reason: HaltReason): void;
}
