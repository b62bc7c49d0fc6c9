import { createHash, randomBytes } from "node:crypto";
import { requestLines } from "../../../shared/batch-lane/request-line.ts";
import { shardWriter } from "../../../shared/batch-lane/shard-blob.ts";
import type { ChunkRow } from "../../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";

/** What a shard's entry says of its content. */
export interface WrittenContent {
  blob: string;
  rows: number;
  promptTokens: number;
  bytes: number;
  sha256: string;
}

/**
 * A shard's content as it is written, row by row, into the blob store. The shard does not exist before its entry is stored:
 * a blob without one is swept away.
 */
export interface ShardContent {
  readonly rows: number;
  readonly bytes: number;
  /** Rows come in the order of their numbers. @param line of the row, as `lineOf` made it */
  add(row: ChunkRow, line: string, promptTokens: number): Promise<void>;
  lineOf(row: ChunkRow): string;
  /** Resolves when all is on disk. */
  close(): Promise<WrittenContent>;
}

/** @param shard its number */
export function openShardContent(blobs: Blobs, { id, run, spec }: RequestJob, shard: number): ShardContent {
  const blob = `${id}.${run}.${shard}.${randomBytes(6).toString("hex")}`;
  const writer = shardWriter(blobs, blob, { carries: isReadFirst(spec.dispatch) });
  const lines = requestLines(spec.dispatch);
  const digest = createHash("sha256");
  const sum = { rows: 0, promptTokens: 0, bytes: 0 };
  return {
    get rows() {
      return sum.rows;
    },
    get bytes() {
      return sum.bytes;
    },
    lineOf: ({ row, messages }) => lines.line(row, messages),
    add: async ({ row, carry }, line, promptTokens) => {
      await writer.write(row, line, carry);
      digest.update(line);
      sum.rows += 1;
      sum.bytes += Buffer.byteLength(line);
      sum.promptTokens += promptTokens;
    },
    close: async () => {
      await writer.close();
      return { blob, ...sum, sha256: digest.digest("hex") };
    },
  };
}
