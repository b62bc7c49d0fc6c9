import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { newSend } from "../../../shared/batch-lane/new-send.ts";
import { isSendOver, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";
import type { Collected } from "./collect-send.ts";

/** Lines of a send without an outcome that no other send may still bring. */
export function leftOver(shard: Shard, send: ShardSend, settled: LineSet): LineSet {
  let left = LineSet.of(shard.rows, shard.open).and(LineSet.of(shard.rows, send.lines)).without(settled);
  for (const other of shard.sends) {
    if (other.number === send.number || other.kind === "duplicate" || isSendOver(other)) continue;
    left = left.without(LineSet.of(shard.rows, other.lines));
  }
  return left;
}

/**
 * The shard after a send was collected.
 * @param again lines to be sent once more @param close nothing is sent any more
 */
export function afterCollection(
  shard: Shard,
  send: ShardSend,
  collected: Collected,
  { again, close }: { again: LineSet; close: boolean },
): Shard {
  const open = LineSet.of(shard.rows, shard.open).without(collected.settled);
  const { done, failed, late, unknown } = collected;
  const over: Partial<ShardSend> = {
    state: "collected",
    promptTokensUsed: collected.promptTokens,
    completionTokensUsed: collected.completionTokens,
    done,
    failed,
    late,
    unknown,
    fault: null,
  };
  const sends = shard.sends.map((one) => (one.number === send.number ? { ...one, ...over } : one));
  if (again.size > 0 && !close) sends.push(retryOf(shard, send, again));
  return { ...shard, open: open.toText(), openRows: open.size, closed: shard.closed || close, sends };
}

function retryOf(shard: Shard, send: ShardSend, again: LineSet): ShardSend {
  return newSend({
    number: nextNumber(shard),
    kind: "retry",
    attempt: send.attempt + 1,
    lines: again.toText(),
    rows: again.size,
    promptTokens: promptTokensFor(shard, again.size),
  });
}

export const nextNumber = ({ sends }: Shard) => Math.max(...sends.map(({ number }) => number)) + 1;

/** As if all lines were alike: it bounds what is enqueued, and nothing is charged by it. */
export function promptTokensFor({ sends: [first], rows }: Shard, lines: number): number {
  return Math.ceil((first!.promptTokens * lines) / rows);
}
