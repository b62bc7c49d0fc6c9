import { failedResult } from "../../completions/result-line.ts";
import type { CompletionChunk } from "../../contracts/completion-chunk.ts";
import type { Reply } from "../../contracts/reply-chunk.ts";
import type { ResultChunk, RowResult } from "../../contracts/result-chunk.ts";
import { RetryableError } from "../../errors.ts";
import type { WorkMessage } from "../pulling/work.ts";
import type { ChunkFate } from "./session-ending.ts";

export interface ChunkPorts {
  /** By a job entry that is a second old at most. */
  fateOf(run: number): Promise<ChunkFate>;
  /** Those of these rows that need no call any more. */
  doneRows(rows: number[]): Promise<Set<number>>;
  /** Resolves when every row's result is stored; throws RetryableError when some go back. */
  complete(rows: CompletionChunk["rows"], traceparent: string | undefined): Promise<void>;
  /** Resolves when it is stored, or nobody wants it any more. */
  publish(outcome: Pick<ResultChunk, "results" | "split">, traceparent: string | undefined): Promise<void>;
}

/** At this delivery a chunk is suspected of killing its workers. */
const SUSPECT_AT = 10;

/**
 * Takes a chunk to its end: acked when this resolves. Rows that a redelivered chunk had done already are not called
 * again; a chunk that came too often is fed again row by row, and a row that came alone too often fails.
 */
export async function takeChunk(message: WorkMessage<CompletionChunk>, ports: ChunkPorts): Promise<void> {
  const { body, deliveries, traceparent } = message;
  const fate = await ports.fateOf(body.run);
  if (fate === "drop") return;
  if (fate === "later") throw putBack();
  const numbers = body.rows.map(({ row }) => row);
  const done = await ports.doneRows(numbers);
  const rows = body.rows.filter(({ row }) => !done.has(row));
  if (rows.length === 0) return;
  if (deliveries < SUSPECT_AT) return await ports.complete(rows, traceparent);
  const left = rows.map(({ row }) => row);
  const outcome = body.single
    ? { results: left.map((row) => poisonous(row, deliveries)), split: [] }
    : { results: [], split: left };
  await ports.publish(outcome, traceparent);
}

/** The chunk goes back to the stream and can be had again at once. */
export function putBack(): RetryableError {
  return new RetryableError("the job rests here, or this replica stops", { retryAfterMs: 0 });
}

function poisonous(row: number, deliveries: number) {
  const message = `The row was given out ${deliveries} times and never came back with a result: it seems to end the process that handles it.`;
  return failedResult(row, "poison", message, 0, { promptTokens: 0, completionTokens: 0 });
}

/** The failure of a row of a chunk that was not worked on, for a service that reads replies first. */
export function unaskable({ rows }: CompletionChunk, result: RowResult): Reply {
  const carry = rows.find(({ row }) => row === result.row)?.carry ?? "";
  return { ...result, messages: "", carry };
}
