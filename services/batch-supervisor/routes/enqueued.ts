import { isSendOver, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";

/** Its tokens count at the provider, or may. */
export function isEnqueued(send: ShardSend): boolean {
  if (send.kind === "online" || isSendOver(send) || send.endedAtMs !== null) return false;
  return send.state !== "built" && send.state !== "uploaded";
}

/** Prompt tokens of batches that have not ended. */
export function enqueuedTokens(shards: readonly Shard[]): number {
  let tokens = 0;
  for (const { sends } of shards) for (const send of sends) if (isEnqueued(send)) tokens += send.promptTokens;
  return tokens;
}
