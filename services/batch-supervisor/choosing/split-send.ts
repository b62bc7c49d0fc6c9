import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { newSend } from "../../../shared/batch-lane/new-send.ts";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import { nextNumber, promptTokensFor } from "../collecting/after-collection.ts";

/**
 * The shard with a send cut into parts of so many tokens at most, where that is possible: one whose tokens alone are above
 * the limit would never become a batch.
 */
export function splitSend(shard: Shard, send: ShardSend, mostTokens: number): Shard | undefined {
  const places = [...LineSet.of(shard.rows, send.lines)];
  const tokensALine = send.promptTokens / places.length;
  const lines = Math.max(1, Math.floor(mostTokens / Math.max(tokensALine, 1e-9)));
  if (lines >= places.length) return undefined;
  const parts: ShardSend[] = [];
  let number = nextNumber(shard);
  for (let at = 0; at < places.length; at += lines) {
    const part = LineSet.none(shard.rows);
    for (const place of places.slice(at, at + lines)) part.add(place);
    const { kind, attempt } = send;
    const [rows, promptTokens] = [part.size, promptTokensFor(shard, part.size)];
    parts.push(newSend({ number: number++, kind, attempt, lines: part.toText(), rows, promptTokens }));
  }
  const cut = shard.sends.map((one) =>
    one.number === send.number ? { ...one, state: "dropped" as const } : one,
  );
  return { ...shard, sends: [...cut, ...parts] };
}
