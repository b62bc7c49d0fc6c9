import { countChatTokens, type Tokenizer } from "../../../../shared/annotators/cost/tokens.ts";
import type { RequestJob } from "../../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../../shared/runtime/blobs.ts";
import { newShard } from "../new-shard.ts";
import { openShardContent } from "../shard-content.ts";
import type { ReasksOfShard } from "./gathered-reasks.ts";

/**
 * Writes a shard of rows that are asked again. The pass over the rows does not move by it, and what it may cost is in the
 * worst case of the shards that asked its rows first.
 * @param place its number, and where the pass stands
 */
export async function buildReasks(
  { blobs, entry, tokenizer }: { blobs: Blobs; entry: RequestJob; tokenizer: Tokenizer },
  { rows, to }: ReasksOfShard,
  place: { shard: number; position: number; jobRows: number },
): Promise<Shard> {
  const { shard, position, jobRows } = place;
  const content = openShardContent(blobs, entry, shard);
  for (const row of rows) {
    const promptTokens = countChatTokens(JSON.parse(row.messages), tokenizer);
    await content.add(row, content.lineOf(row), promptTokens);
  }
  const written = await content.close();
  const about = { shard, from: position, end: position, jobRows, worstCost: 0, reasksTo: to };
  return newShard(entry, written, about);
}
