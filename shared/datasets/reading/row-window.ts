import type { DatasetRequest } from "../../contracts/dataset-request.ts";
import { UserError } from "../../errors.ts";

/** Rows of a dataset from `first` to before `end`, numbered from 0. */
export interface RowWindow {
  first: number;
  end: number;
}

/** A contiguous part of the rows: `2/8` is the second of eight parts whose lengths differ by one row at most. */
export interface Shard {
  index: number;
  count: number;
}

/** @throws UserError if the text is not `index/count` with 1 <= index <= count */
export function parseShard(text: string): Shard {
  const [, index, count] = /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new UserError(`--shard ${text} is wrong: write INDEX/COUNT with INDEX from 1 to COUNT, e.g. 2/8.`);
}

/** Which rows are wanted; all of them unless a field says otherwise. */
export type RowsWanted = Pick<DatasetRequest, "offset" | "limit" | "shard">;

/**
 * The rows that a request takes: offset and limit first, then the shard of what they leave.
 * @param countRows rows of the whole dataset; asked only where a shard makes it necessary
 */
export async function windowOf(request: RowsWanted, countRows: () => Promise<number>): Promise<RowWindow> {
  const first = request.offset ?? 0;
  const end = request.limit === undefined ? Number.POSITIVE_INFINITY : first + request.limit;
  if (request.shard === undefined) return { first, end };
  const { index, count } = parseShard(request.shard);
  const rows = Math.max(Math.min(end, await countRows()) - first, 0);
  const bound = (part: number) => first + Math.floor((rows * part) / count);
  return { first: bound(index - 1), end: bound(index) };
}
