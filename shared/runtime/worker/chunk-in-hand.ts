/** A chunk that a session works on; it is settled when each of its rows is stored or put back. */
export interface ChunkInHand {
  /** Rows that are neither. */
  pending: number;
  /** Rows that were put back: the chunk must come again. */
  undone: number;
  readonly traceparent: string | undefined;
  settled(): void;
}

/** A row of such a chunk. */
export interface RowInHand {
  readonly chunk: ChunkInHand;
}

/** The row's result is stored, or nobody wants it any more. */
export function rowDone({ chunk }: RowInHand): void {
  chunk.pending -= 1;
  if (chunk.pending === 0) chunk.settled();
}

/** The row is to be given again, with its chunk. */
export function rowUndone(row: RowInHand): void {
  row.chunk.undone += 1;
  rowDone(row);
}
