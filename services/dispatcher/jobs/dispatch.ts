import { failedResult } from "../../../shared/completions/result-line.ts";
import { type CompletionChunk, MOST_CHUNK_ROWS } from "../../../shared/contracts/completion-chunk.ts";
import type { ResultChunk } from "../../../shared/contracts/result-chunk.ts";
import { RetryableError } from "../../../shared/errors.ts";
import type { WorkMessage } from "../../../shared/runtime/work.ts";

/** What is to be done with work of a job now. */
export type Standing = "go" | "later" | "drop";

export interface DispatchPorts {
  /** By a job entry that is a second old at most. */
  standing(run: number): Promise<Standing>;
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
export async function dispatchChunk(
  message: WorkMessage<CompletionChunk>,
  ports: DispatchPorts,
): Promise<void> {
  const { body, deliveries, traceparent } = message;
  const standing = await ports.standing(body.run);
  if (standing === "drop") return;
  if (standing === "later") throw putBack();
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

/** How many chunks to hold so that about `room` rows are unfinished; two at least, since the next one must be near. */
export function chunksWanted(
  held: { chunks: number; rows: number },
  room: number,
  rowsAChunk: number,
): number {
  const more = Math.floor((room - held.rows) / Math.min(Math.max(1, rowsAChunk), MOST_CHUNK_ROWS));
  return Math.min(Math.max(LEAST_CHUNKS, held.chunks + Math.max(0, more)), MOST_CHUNKS);
}

const LEAST_CHUNKS = 2;
/** Chunks whose last rows are slow stay in hand; their number bounds the memory that they take. */
const MOST_CHUNKS = 512;
