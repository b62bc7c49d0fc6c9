import { isSendOver, isSettled, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";
import type { HedgeFacts, Straggler } from "./hedge-policy.ts";

const isHedge = ({ kind }: ShardSend) => kind === "hedge" || kind === "online";
const isRunning = (send: ShardSend) => send.batch !== null && !isSendOver(send) && send.kind !== "duplicate";
const hasEnded = (send: ShardSend) => isRunning(send) && send.endedAtMs !== null;

/**
 * What the shards of a job say of its stragglers.
 * @param maxHedgeCost share of the rows that may be paid twice
 * @param nowMs Unix milliseconds
 */
export function hedgeFacts(shards: readonly Shard[], maxHedgeCost: number, nowMs: number): HedgeFacts {
  const jobRows = shards[0]?.jobRows ?? 0;
  let [doneRows, builtRows, budget] = [0, 0, 0];
  for (const shard of shards) {
    doneRows += shard.rows - shard.openRows + endedRows(shard);
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

/** Rows that have their answers at the provider: what is about to be collected keeps nothing waiting. */
function endedRows({ sends, openRows }: Shard): number {
  const answered = sends.filter(hasEnded).map(({ batch }) => batch!.completed);
  return Math.min(openRows, Math.max(0, ...answered));
}

/** Rows that a shard's hedges have had paid twice; while a batch may still tell of more, all that they were sent. */
function paidTwice(shard: Shard): number {
  const hedges = shard.sends.filter(isHedge);
  if (hedges.length === 0) return 0;
  const rowsOf = (some: readonly ShardSend[]) => some.reduce((sum, { rows }) => sum + rows, 0);
  if (!isSettled(shard)) return rowsOf(hedges.filter(({ state }) => state !== "dropped"));
  // Its calls are dearer than the batch: they stay counted.
  const calls = rowsOf(hedges.filter(({ kind }) => kind === "online"));
  const late = shard.sends.reduce((sum, send) => sum + send.late, 0);
  return Math.max(late, calls);
}

function stragglerOf(shard: Shard, nowMs: number): Straggler[] {
  if (shard.openRows === 0 || shard.closed) return [];
  const waiting = shard.sends.filter((send) => !isSendOver(send) && send.kind !== "duplicate");
  const running = waiting.filter(isRunning);
  // What is on its way to a batch, or has ended and is about to be collected, is no straggler.
  if (running.length === 0 || running.length < waiting.length || running.some(hasEnded)) return [];
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
