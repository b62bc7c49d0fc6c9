import type { CompletionChunk } from "../../contracts/completion-chunk.ts";
import type { WorkMessage } from "../pulling/work.ts";
import { chunksWanted } from "./chunks-wanted.ts";

const LIKELY_CHUNK_ROWS = 50;
/** Weight of the latest chunk in the average. */
const NEWEST = 0.2;

/** The chunks of a session, from their arrival until they are settled. */
export class ChunksInHand {
  readonly #bySequence = new Map<number, Promise<void>>();
  #chunks = 0;
  /** Rows that have come and are not worked on yet. */
  #arriving = 0;
  #rowsAChunk = LIKELY_CHUNK_ROWS;

  /**
   * After a broker was killed a chunk may come again while its first delivery is still worked on: both end as one.
   * @param take calls `begun` when its rows are worked on
   */
  handle(
    message: WorkMessage<CompletionChunk>,
    take: (message: WorkMessage<CompletionChunk>, begun: () => void) => Promise<void>,
  ): Promise<void> {
    const { seq } = message;
    const handled =
      this.#bySequence.get(seq) ?? this.#first(message, take).finally(() => this.#bySequence.delete(seq));
    this.#bySequence.set(seq, handled);
    return handled;
  }

  /** How many are to be held. @param unfinished rows that are worked on @param room for rows, these included */
  wanted(unfinished: number, room: number): number {
    return chunksWanted({ chunks: this.#chunks, rows: unfinished + this.#arriving }, room, this.#rowsAChunk);
  }

  async #first(
    message: WorkMessage<CompletionChunk>,
    take: (message: WorkMessage<CompletionChunk>, begun: () => void) => Promise<void>,
  ): Promise<void> {
    const count = message.body.rows.length;
    this.#rowsAChunk += (count - this.#rowsAChunk) * NEWEST;
    this.#chunks += 1;
    this.#arriving += count;
    let begun = false;
    const begin = () => {
      if (!begun) this.#arriving -= count;
      begun = true;
    };
    try {
      await take(message, begin);
    } finally {
      begin();
      this.#chunks -= 1;
    }
  }
}
