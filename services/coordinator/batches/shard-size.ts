import { MOST_BYTES, MOST_REQUESTS } from "../../../tools/batch-files/batch-rules.ts";

const LEAST_ROWS = 100;
const SHARDS_A_JOB = 200;

/** Bytes of a shard's lines at most: a batch's input file takes no more. */
export const SHARD_BYTES = MOST_BYTES;

/** Rows of a shard: as the user says, else 100 in jobs of up to 20,000 rows and a two-hundredth of larger ones. */
export function shardRowsFor(jobRows: number, given: number | null): number {
  if (given !== null) return given;
  return Math.min(MOST_REQUESTS, Math.max(LEAST_ROWS, Math.ceil(jobRows / SHARDS_A_JOB)));
}
