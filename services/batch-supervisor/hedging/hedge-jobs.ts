import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { newSend } from "../../../shared/batch-lane/new-send.ts";
import { isSendOver, type Shard, shardKey } from "../../../shared/contracts/shard.ts";
import { log } from "../../../shared/runtime/log.ts";
import { nextNumber, promptTokensFor } from "../collecting/after-collection.ts";
import type { RouteContext } from "../routes/route-context.ts";
import { hedgeFacts } from "./hedge-facts.ts";
import { shardsToHedge } from "./hedge-policy.ts";

/** Sends what the slowest batches of each running job lack a second time, as far as the policy and the budget allow it. */
export async function hedgeJobs({ routeShards, jobs, route }: RouteContext): Promise<void> {
  const nowMs = Date.now();
  for (const entry of jobs.all()) {
    const { batch } = entry.spec.dispatch;
    if (entry.state !== "running" || batch === null || batch.hedge === "off") continue;
    const shards = routeShards.all().filter(({ job, run }) => job === entry.id && run === entry.run);
    const chosen = shardsToHedge(hedgeFacts(shards, batch.maxHedgeCost, nowMs));
    for (const number of chosen) {
      const shard = shards.find(({ shard: one }) => one === number)!;
      const kind = batch.hedge === "online" ? "online" : "hedge";
      await routeShards.edit(shardKey(shard), (now) => withHedge(now, kind));
      log().info({ job: entry.id, shard: number, route, kind }, "a slow batch is sent a second time");
    }
  }
}

/** What is lacking, beside whatever may still bring it. */
function withHedge(shard: Shard, kind: "hedge" | "online"): Shard | undefined {
  if (shard.openRows === 0) return undefined;
  const lines = LineSet.of(shard.rows, shard.open);
  const attempt = Math.max(...shard.sends.filter((send) => !isSendOver(send)).map((send) => send.attempt), 1);
  const hedge = newSend({
    number: nextNumber(shard),
    kind,
    attempt,
    lines: lines.toText(),
    rows: lines.size,
    promptTokens: promptTokensFor(shard, lines.size),
  });
  return { ...shard, sends: [...shard.sends, hedge] };
}
