import { createHash } from "node:crypto";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { readShardLines } from "../../../shared/batch-lane/shard-blob.ts";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";

/** The request lines of a send, in their order. */
export async function* sendLines(
  blobs: Blobs,
  shard: Shard,
  send: ShardSend,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const wanted = LineSet.of(shard.rows, send.lines);
  let place = 0;
  for await (const lines of readShardLines(blobs, shard.blob, signal)) {
    const chosen = lines.filter((_, at) => wanted.has(place + at));
    place += lines.length;
    if (chosen.length > 0) yield Buffer.concat(chosen);
  }
}

/** Length and digest of a send's lines, by which its batch will be known. */
export async function countContent(
  blobs: Blobs,
  shard: Shard,
  send: ShardSend,
  signal: AbortSignal,
): Promise<NonNullable<ShardSend["content"]>> {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const block of sendLines(blobs, shard, send, signal)) {
    digest.update(block);
    bytes += block.length;
  }
  return { bytes, sha256: digest.digest("hex") };
}
