import { countChatTokens, type Tokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import type { RowSource } from "../feeding/row-source.ts";
import { worstCost } from "../feeding/worst-cost.ts";
import { hedgeShare, newShard } from "./new-shard.ts";
import { openShardContent } from "./shard-content.ts";
import { SHARD_BYTES, shardRowsFor } from "./shard-size.ts";

export interface ShardToBuild {
  entry: RequestJob;
  blobs: Blobs;
  rows: RowSource;
  ledger: ResultsLedger;
  tokenizer: Tokenizer;
  /** Its number. */
  shard: number;
  /** Where the pass over the rows stands. */
  from: number;
  /** US dollars that it may cost at most. */
  room: number;
  signal: AbortSignal;
}

export interface BuiltShard {
  /** Undefined: there was no row to ask, or none that the budget allows. */
  shard: Shard | undefined;
  /** Where the pass stands now. */
  end: number;
  /** Rows that cannot be asked. */
  unaskable: RowResult[];
  /** US dollars at most of the row that the budget does not allow; undefined where it was not in the way. */
  tooDear: number | undefined;
}

/** Writes the lines of the next rows without an outcome, row by row, and says what the shard holds. */
export async function buildShard(building: ShardToBuild): Promise<BuiltShard> {
  const { entry, blobs, rows, ledger, from } = building;
  const content = openShardContent(blobs, entry, building.shard);
  const mostRows = shardRowsFor(ledger.rows, entry.spec.dispatch.batch?.maxBatchSize ?? null);
  const unaskable: RowResult[] = [];
  let worst = 0;
  let tooDear: number | undefined;
  let end = from;
  for (; end < ledger.rows && content.rows < mostRows; end += 1) {
    building.signal.throwIfAborted();
    if (ledger.settled(end)) continue;
    const asked = rows.at(end);
    const row = asked instanceof Promise ? await asked : asked;
    if ("failure" in row) {
      unaskable.push(row.failure);
      continue;
    }
    const line = content.lineOf(row);
    if (content.bytes + Buffer.byteLength(line) > SHARD_BYTES && content.rows > 0) break;
    const promptTokens = countChatTokens(JSON.parse(row.messages), building.tokenizer);
    const cost = reservedFor(building, promptTokens);
    if (worst + cost > building.room) {
      tooDear = cost;
      break;
    }
    await content.add(row, line, promptTokens);
    worst += cost;
  }
  if (content.rows === 0) return { shard: undefined, end, unaskable, tooDear };
  const about = { shard: building.shard, from, end, jobRows: ledger.rows, worstCost: worst };
  return { shard: newShard(entry, await content.close(), about), end, unaskable, tooDear };
}

/** US dollars that a row can cost at most, what hedging may add to it included; 0 where the job has no budget. */
function reservedFor({ entry: { spec } }: ShardToBuild, promptTokens: number): number {
  const { prices, dispatch, asks, maxCost } = spec;
  const { batch } = dispatch;
  if (maxCost === null || prices === null || batch === null) return 0;
  const worst = worstCost(promptTokens, { prices, dispatch, asks });
  // A row that is hedged by a call costs its full price.
  const more = batch.hedge === "online" && batch.discount > 0 ? 1 / batch.discount : 1;
  return worst * (1 + hedgeShare(batch) * more);
}
