import type { ResultChunk, RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { Taken } from "./commit-queue.ts";
import type { ResultsLedger } from "./results-ledger.ts";
import type { RowClaims } from "./row-claims.ts";

/**
 * What becomes of a message of results.
 *
 * | it | is | why |
 * |---|---|---|
 * | belongs to another run, or is committed | dropped, and acked at once | nothing of it is wanted, or it is on disk |
 * | was taken before and is not committed | acked with what it held | its ack got lost, or its consumer was replaced |
 * | is new | taken, unless its id was seen under another number | a worker sent it again for want of an answer |
 */
export type MessageFate = "drop" | "repeat" | "take";

export function fateOfMessage(
  message: { run: number; seq: number },
  at: { run: number; committedTo: number; takenTo: number },
): MessageFate {
  if (message.run !== at.run || message.seq <= at.committedTo) return "drop";
  return message.seq <= at.takenTo ? "repeat" : "take";
}

/** Enters what a message brought in the ledger, and tells what of it is to be stored. */
export function takeResults(
  chunk: ResultChunk,
  seq: number,
  ledger: ResultsLedger,
  claims: RowClaims,
): Taken {
  const results: RowResult[] = [];
  const repeated: RowResult[] = [];
  for (const result of chunk.results) {
    (ledger.enter(result.row, result.ok) ? results : repeated).push(result);
    claims.settle(result.row);
  }
  for (const row of chunk.split) claims.settle(row);
  return { results, repeated, split: chunk.split.filter((row) => !ledger.settled(row)), seq };
}
