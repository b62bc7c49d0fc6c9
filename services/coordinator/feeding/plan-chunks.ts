import { CHUNK_BYTES, type ChunkRow, MOST_CHUNK_ROWS } from "../../../shared/contracts/completion-chunk.ts";

/** One chunk to be published, and the row before which feeding stands after it. */
export interface PlannedChunk {
  rows: ChunkRow[];
  bytes: number;
  end: number;
}

const LEAST_CHUNK_ROWS = 10;
const CHUNKS_A_JOB = 200;

/** Rows a chunk: few in a small job, so that all replicas get some, many in a large one, so that it is carried cheaply. */
export function chunkRowsFor(jobRows: number): number {
  return Math.min(MOST_CHUNK_ROWS, Math.max(LEAST_CHUNK_ROWS, Math.ceil(jobRows / CHUNKS_A_JOB)));
}

/**
 * Gathers rows in order into at most `mostChunks` chunks of at most `chunkRows` rows and CHUNK_BYTES bytes; a larger row
 * has one of its own.
 */
export class ChunkPlanner {
  readonly #chunkRows: number;
  readonly #mostChunks: number;
  readonly chunks: PlannedChunk[] = [];
  #bytes = 0;

  constructor(chunkRows: number, mostChunks: number) {
    this.#chunkRows = chunkRows;
    this.#mostChunks = mostChunks;
  }

  /** Bytes of all planned rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** False when it would need a chunk more than there may be. */
  add(row: ChunkRow): boolean {
    const bytes = Buffer.byteLength(row.messages);
    const last = this.chunks.at(-1);
    if (last !== undefined && last.rows.length < this.#chunkRows && last.bytes + bytes <= CHUNK_BYTES) {
      last.rows.push(row);
      last.bytes += bytes;
      last.end = row.row + 1;
    } else {
      if (this.chunks.length >= this.#mostChunks) return false;
      this.chunks.push({ rows: [row], bytes, end: row.row + 1 });
    }
    this.#bytes += bytes;
    return true;
  }
}
