import { MOST_CHUNK_ROWS } from "../../contracts/completion-chunk.ts";

const LEAST_CHUNKS = 2;
/** Chunks whose last rows are slow stay in hand; their number bounds the memory that they take. */
const MOST_CHUNKS = 512;

/** How many chunks to hold so that about `room` rows are unfinished; two at least, since the next one must be near. */
export function chunksWanted(
  held: { chunks: number; rows: number },
  room: number,
  rowsAChunk: number,
): number {
  const more = Math.floor((room - held.rows) / Math.min(Math.max(1, rowsAChunk), MOST_CHUNK_ROWS));
  return Math.min(Math.max(LEAST_CHUNKS, held.chunks + Math.max(0, more)), MOST_CHUNKS);
}
