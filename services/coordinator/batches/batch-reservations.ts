import { isSettled, type Shard } from "../../../shared/contracts/shard.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";

/** What the shards of a run may still cost: each its worst case, until all of its rows have an outcome and all is paid. */
export class BatchReservations {
  readonly #ledger: ResultsLedger;
  /** Numbers of shards that are through. */
  readonly #over = new Set<number>();

  constructor(ledger: ResultsLedger) {
    this.#ledger = ledger;
  }

  /** US dollars. What is paid so far of a shard under way counts beside its worst case, so as to be on the safe side. */
  reserved(shards: readonly Shard[]): number {
    return shards.reduce((sum, shard) => sum + (this.isUnderWay(shard) ? shard.worstCost : 0), 0);
  }

  isUnderWay(shard: Shard): boolean {
    if (this.#over.has(shard.shard)) return false;
    if (!isSettled(shard)) return true;
    for (let row = shard.from; row < shard.end; row += 1) if (!this.#ledger.settled(row)) return true;
    this.#over.add(shard.shard);
    return false;
  }
}
