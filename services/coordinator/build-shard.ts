import { createHash, randomBytes } from "node:crypto";
import { countChatTokens, type Tokenizer } from "../../shared/annotators/tokens.ts";
import { newSend } from "../../shared/batch-lane/new-send.ts";
import { requestLines } from "../../shared/batch-lane/request-line.ts";
import { shardWriter } from "../../shared/batch-lane/shard-blob.ts";
import type { BatchSpec, RequestJob } from "../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";
import type { Shard } from "../../shared/contracts/shard.ts";
import type { Blobs } from "../../shared/runtime/blobs.ts";
import type { ResultsLedger } from "./results-ledger.ts";
import type { RowSource } from "./row-source.ts";
import { SHARD_BYTES, shardRowsFor } from "./shard-size.ts";
import { worstCost } from "./worst-cost.ts";

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

/**
 * Writes the lines of the next rows without an outcome into the blob store, row by row, and says what the shard holds. It
 * does not exist before its entry is stored: a blob without one is swept away.
 */
export async function buildShard(building: ShardToBuild): Promise<BuiltShard> {
  const { entry, blobs, rows, ledger, from } = building;
  const { dispatch } = entry.spec;
  const blob = `${entry.id}.${entry.run}.${building.shard}.${randomBytes(6).toString("hex")}`;
  const writer = shardWriter(blobs, blob, { carries: dispatch.returnTo === "judge" });
  const lines = requestLines(dispatch.request);
  const mostRows = shardRowsFor(ledger.rows, dispatch.batch?.maxBatchSize ?? null);
  const unaskable: RowResult[] = [];
  const sum = { rows: 0, promptTokens: 0, cost: 0 };
  const digest = createHash("sha256");
  let allBytes = 0;
  let tooDear: number | undefined;
  let end = from;
  for (; end < ledger.rows && sum.rows < mostRows; end += 1) {
    building.signal.throwIfAborted();
    if (ledger.settled(end)) continue;
    const asked = rows.at(end);
    const row = asked instanceof Promise ? await asked : asked;
    if ("failure" in row) {
      unaskable.push(row.failure);
      continue;
    }
    const line = lines.line(row.row, row.messages);
    const bytes = Buffer.byteLength(line);
    if (allBytes + bytes > SHARD_BYTES && sum.rows > 0) break;
    const promptTokens = countChatTokens(JSON.parse(row.messages), building.tokenizer);
    const cost = reservedFor(building, promptTokens);
    if (sum.cost + cost > building.room) {
      tooDear = cost;
      break;
    }
    await writer.write(row.row, line, row.carry);
    digest.update(line);
    sum.rows += 1;
    allBytes += bytes;
    sum.promptTokens += promptTokens;
    sum.cost += cost;
  }
  if (sum.rows === 0) return { shard: undefined, end, unaskable, tooDear };
  await writer.close();
  const content = { bytes: allBytes, sha256: digest.digest("hex") };
  const shard = shardOf(building, blob, end, sum, content);
  return { shard, end, unaskable, tooDear };
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

const hedgeShare = (batch: BatchSpec) => (batch.hedge === "off" ? 0 : batch.maxHedgeCost);

function shardOf(
  { entry, ledger, shard, from }: ShardToBuild,
  blob: string,
  end: number,
  { cost, ...sum }: { rows: number; promptTokens: number; cost: number },
  content: { bytes: number; sha256: string },
): Shard {
  return {
    job: entry.id,
    run: entry.run,
    shard,
    from,
    end,
    rows: sum.rows,
    jobRows: ledger.rows,
    blob,
    worstCost: cost,
    hedgeShare: entry.spec.maxCost === null ? 1 : hedgeShare(entry.spec.dispatch.batch!),
    open: null,
    openRows: sum.rows,
    closed: false,
    sends: [{ ...newSend({ ...sum, number: 1, kind: "first", attempt: 1, lines: null }), content }],
  };
}
