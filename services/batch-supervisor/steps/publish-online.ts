import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { requestLines } from "../../../shared/batch-lane/request-line.ts";
import { readShardCarries, readShardLines, readShardRows } from "../../../shared/batch-lane/shard-blob.ts";
import { type ChunkRow, completionsWantedAgain } from "../../../shared/contracts/completion-chunk.ts";
import { RetryableError } from "../../../shared/errors.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import { publishUntilStored } from "../../../shared/runtime/worker/publish-until-stored.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";

const CHUNK_ROWS = 20;
const GONE_MS = 500;

/**
 * Hands a send's rows to the online lane, whose results go to the job's collector by themselves. Chunks that are published
 * twice, after a crash, are no second calls where their rows are done or claimed by then.
 */
export async function publishOnline(context: RouteContext, work: Work): Promise<void> {
  const { broker, routeShards, signal } = context;
  const { key, shard, send, entry } = work;
  const { job } = shard;
  let chunk: ChunkRow[] = [];
  let chunks = 0;
  const publish = async () => {
    const body = { job, run: entry.run, single: false, rows: chunk };
    chunk = [];
    const msgId = `${key}/${send.number}/${chunks++}`;
    const options = { msgId, traceparent: entry.traceparent, signal };
    const address: [string, string] = [job, entry.spec.dispatch.route];
    const outcome = await publishUntilStored(broker, completionsWantedAgain, address, body, options);
    if (outcome === "gone")
      throw new RetryableError(`job ${job} takes no calls now`, { retryAfterMs: GONE_MS });
  };
  for await (const row of chunkRows(context, work)) {
    chunk.push(row);
    if (chunk.length >= CHUNK_ROWS) await publish();
  }
  if (chunk.length > 0) await publish();
  await routeShards.editSend(key, send.number, () => ({
    state: "created",
    sentAtMs: Date.now(),
    fault: null,
  }));
}

async function* chunkRows(
  { blobs, signal }: RouteContext,
  { shard, send, entry }: Work,
): AsyncGenerator<ChunkRow> {
  const { dispatch } = entry.spec;
  const requests = requestLines(dispatch);
  const rows = await readShardRows(blobs, shard.blob);
  const wanted = LineSet.of(shard.rows, send.lines);
  const carries = isReadFirst(dispatch) ? oneByOne(readShardCarries(blobs, shard.blob, signal)) : undefined;
  let place = 0;
  for await (const lines of readShardLines(blobs, shard.blob, signal)) {
    for (const line of lines) {
      const carry = await carries?.next();
      const here = place++;
      if (!wanted.has(here)) continue;
      const row = { row: rows[here]!, messages: requests.messagesOf(line.toString("utf8")) };
      yield carry?.value ? { ...row, carry: carry.value.toString("utf8").trimEnd() } : row;
    }
  }
}

async function* oneByOne(blocks: AsyncIterable<Buffer[]>): AsyncGenerator<Buffer, undefined> {
  for await (const lines of blocks) yield* lines;
  return undefined;
}
