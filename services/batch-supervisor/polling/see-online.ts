import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { readShardRows } from "../../../shared/batch-lane/shard-blob.ts";
import { whichRowsAreDone } from "../../../shared/contracts/collector-questions.ts";
import { isSendOver, shardKey } from "../../../shared/contracts/shard.ts";
import { ask, NoAnswer } from "../../../shared/runtime/requests.ts";
import type { RouteContext } from "../routes/route-context.ts";

const ANSWER_MS = 3_000;

/** Learns which rows that were handed to the online lane have an outcome: their batches need not bring them any more. */
export async function seeOnline({ broker, blobs, routeShards, jobs }: RouteContext): Promise<void> {
  for (const shard of routeShards.all()) {
    const online = shard.sends.some(
      (send) => send.kind === "online" && send.state === "created" && !isSendOver(send),
    );
    const entry = jobs.get(shard.job);
    if (!online || shard.openRows === 0 || entry?.run !== shard.run) continue;
    const rows = await readShardRows(blobs, shard.blob);
    const open = LineSet.of(shard.rows, shard.open);
    const asked = [...open].map((place) => rows[place]!);
    const question = { job: shard.job, run: shard.run, rows: asked };
    const answer = await ask(broker, whichRowsAreDone, [shard.job], question, ANSWER_MS).catch(
      (error: unknown) => {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      },
    );
    const done = new Set(answer?.done);
    if (done.size === 0) continue;
    const settled = LineSet.none(shard.rows);
    for (const place of open) if (done.has(rows[place]!)) settled.add(place);
    await routeShards.edit(shardKey(shard), (now) => {
      const left = LineSet.of(now.rows, now.open).without(settled);
      return { ...now, open: left.toText(), openRows: left.size };
    });
  }
}
