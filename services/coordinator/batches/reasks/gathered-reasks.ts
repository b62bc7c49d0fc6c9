import type { ReaskRow } from "../../../../shared/contracts/reask-chunk.ts";

/** A shard's re-asks are held in memory, since their lines must stand in the order of their rows. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Rows for one shard, and how far the log has been read when that shard is stored. */
export interface ReasksOfShard {
  rows: ReaskRow[];
  /** All messages up to this sequence have been taken whole. */
  to: number;
}

/** Rows that are to be asked again, read out of the log and not in a shard yet, as they came. */
export class GatheredReasks {
  readonly #rows = new Map<number, ReaskRow & { seq: number }>();
  readonly #most: number;
  #bytes = 0;

  /** @param mostRows of a shard */
  constructor(mostRows: number) {
    this.#most = mostRows;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** They fill a shard. */
  get isFull(): boolean {
    return this.#rows.size >= this.#most || this.#bytes >= MOST_BYTES;
  }

  /** Of two asks of a row the later one counts. @param seq of its message */
  add(row: ReaskRow, seq: number): void {
    const known = this.#rows.get(row.row);
    if (known !== undefined && known.ask >= row.ask) return;
    if (known !== undefined) this.remove(known);
    this.#rows.set(row.row, { ...row, seq });
    this.#bytes += bytesOf(row);
  }

  /** Those that came first, as many as a shard holds, in the order of their numbers. They stay until they are removed. */
  ofShard(readTo: number): ReasksOfShard {
    const all = [...this.#rows.values()];
    const left = all.slice(this.#most);
    const to = left.reduce((least, { seq }) => Math.min(least, seq - 1), readTo);
    return { rows: all.slice(0, this.#most).sort((a, b) => a.row - b.row), to };
  }

  remove(row: ReaskRow): void {
    if (this.#rows.delete(row.row)) this.#bytes -= bytesOf(row);
  }
}

const bytesOf = ({ messages, carry }: ReaskRow) => Buffer.byteLength(messages) + Buffer.byteLength(carry);
