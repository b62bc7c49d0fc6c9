import { LineSet } from "../../shared/batch-lane/line-set.ts";
import { newSend } from "../../shared/batch-lane/new-send.ts";
import { isSendOver, isSettled, type Shard, type ShardSend, shardKey } from "../../shared/contracts/shard.ts";
import { log } from "../../shared/runtime/log.ts";
import { nextNumber, promptTokensFor } from "./after-collection.ts";
import { type Straggler, shardsToHedge } from "./hedge-policy.ts";
import type { RouteContext } from "./route-context.ts";

const isHedge = ({ kind }: ShardSend) => kind === "hedge" || kind === "online";
const isRunning = (send: ShardSend) => send.batch !== null && !isSendOver(send) && send.kind !== "duplicate";

/** Sends what the slowest batches of each running job lack a second time, as far as the policy and the budget allow it. */
export async function hedgeJobs({ book, jobs, route }: RouteContext): Promise<void> {
  const nowMs = Date.now();
  for (const entry of jobs.all()) {
    const { batch } = entry.spec.dispatch;
    if (entry.state !== "running" || batch === null || batch.hedge === "off") continue;
    const shards = book.all().filter(({ job, run }) => job === entry.id && run === entry.run);
    const chosen = shardsToHedge(factsOf(shards, batch.maxHedgeCost, nowMs));
    for (const number of chosen) {
      const shard = shards.find(({ shard: one }) => one === number)!;
      const kind = batch.hedge === "online" ? "online" : "hedge";
      await book.edit(shardKey(shard), (now) => withHedge(now, kind));
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

function factsOf(shards: readonly Shard[], maxHedgeCost: number, nowMs: number) {
  const jobRows = shards[0]?.jobRows ?? 0;
  let [doneRows, builtRows, budget] = [0, 0, 0];
  for (const shard of shards) {
    doneRows += shard.rows - shard.openRows;
    builtRows += shard.rows;
    budget += shard.rows * Math.min(shard.hedgeShare, maxHedgeCost) - paidTwice(shard);
  }
  const unbuilt = jobRows - Math.max(0, ...shards.map(({ end }) => end));
  const durations = shards.flatMap(({ sends }) =>
    sends.flatMap(({ kind, sentAtMs, endedAtMs }) =>
      kind !== "duplicate" && sentAtMs !== null && endedAtMs !== null ? [endedAtMs - sentAtMs] : [],
    ),
  );
  return {
    doneShare: builtRows === 0 ? 0 : doneRows / (builtRows + unbuilt),
    durations,
    stragglers: shards.flatMap((shard) => stragglerOf(shard, nowMs)),
    budgetRows: budget,
  };
}

/** Rows that a shard's hedges have had paid twice; while that is not known, all of them. */
function paidTwice(shard: Shard): number {
  const hedges = shard.sends.filter(isHedge);
  if (hedges.length === 0) return 0;
  // Its calls are dearer than the batch: they stay counted.
  const calls = hedges.reduce((sum, { kind, rows }) => sum + (kind === "online" ? rows : 0), 0);
  const late = shard.sends.reduce((sum, send) => sum + send.late, 0);
  if (isSettled(shard)) return Math.max(late, calls);
  return hedges.reduce((sum, send) => sum + (isSendOver(send) ? 0 : send.rows), late + calls);
}

function stragglerOf(shard: Shard, nowMs: number): Straggler[] {
  if (shard.openRows === 0 || shard.closed) return [];
  const waiting = shard.sends.filter((send) => !isSendOver(send) && send.kind !== "duplicate");
  const running = waiting.filter(isRunning);
  // What is on its way to a batch is no straggler yet.
  if (running.length === 0 || running.length < waiting.length) return [];
  const progress = Math.max(...running.map(({ batch }) => batch!.completed / Math.max(1, batch!.total)));
  const waitedMs = nowMs - Math.max(...running.map(({ sentAtMs }) => sentAtMs ?? nowMs));
  return [
    {
      shard: shard.shard,
      rows: shard.openRows,
      waitedMs,
      progress,
      hedges: shard.sends.filter(isHedge).length,
    },
  ];
}
