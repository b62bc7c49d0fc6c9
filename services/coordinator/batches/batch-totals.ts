import { expectedRemainingMs, fitCompletionTimes } from "../../../shared/batch-lane/completion-times.ts";
import type { BatchTotals } from "../../../shared/contracts/batch-totals.ts";
import { isSendOver, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";

const MOST_FAULTS = 3;

/** The sums over a run's shards. @param nowMs Unix milliseconds */
export function totalsOf(
  run: number,
  shards: readonly Shard[],
  { discount, reasksWaiting, nowMs }: { discount: number; reasksWaiting: number; nowMs: number },
): BatchTotals {
  const sends = shards.flatMap((shard) => shard.sends);
  const sum = (value: (send: ShardSend) => number) => sends.reduce((total, send) => total + value(send), 0);
  const states: Record<string, number> = {};
  for (const send of sends) {
    const state = stateOf(send);
    if (state !== undefined) states[state] = (states[state] ?? 0) + 1;
  }
  const faults = sends.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  return {
    run,
    closed: false,
    shards: shards.length,
    states,
    rowsAnswered: sum((send) => (isSendOver(send) ? 0 : (send.batch?.completed ?? 0))),
    reasksWaiting,
    promptTokens: sum((send) => send.promptTokensUsed),
    completionTokens: sum((send) => send.completionTokensUsed),
    discount,
    late: sum((send) => send.late),
    hedges: sends.filter(({ kind }) => kind === "hedge" || kind === "online").length,
    duplicates: sends.filter(({ kind }) => kind === "duplicate").length,
    unknown: sum((send) => send.unknown),
    expectedEndMs: expectedEndMs(shards, nowMs),
    faults: [...new Set(faults)].slice(0, MOST_FAULTS),
  };
}

/** What a person reads of a send; undefined where there was never a batch of it. */
function stateOf({ state, batch }: ShardSend): string | undefined {
  return batch?.status ?? (state === "dropped" ? undefined : state);
}

/** By how long each shard's first batch took or has taken: what is sent again begins anew. */
function expectedEndMs(shards: readonly Shard[], nowMs: number): number | null {
  const ended: number[] = [];
  const waiting: number[] = [];
  for (const { sends, openRows, closed } of shards) {
    for (const { sentAtMs, endedAtMs, kind } of sends) {
      if (kind !== "duplicate" && sentAtMs !== null && endedAtMs !== null) ended.push(endedAtMs - sentAtMs);
    }
    if (openRows === 0 || closed) continue;
    const open = sends.filter(({ endedAtMs }) => endedAtMs === null);
    const since = Math.min(nowMs, ...open.flatMap(({ sentAtMs }) => (sentAtMs === null ? [] : [sentAtMs])));
    waiting.push(nowMs - since);
  }
  const times = fitCompletionTimes(ended, waiting);
  if (times === undefined || waiting.length === 0) return null;
  return Math.round(nowMs + expectedRemainingMs(times, waiting));
}
