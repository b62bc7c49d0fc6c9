import type { ShardSend } from "../contracts/shard.ts";

/** A send that nothing has been done for yet. */
export function newSend(
  about: Pick<ShardSend, "number" | "kind" | "attempt" | "lines" | "rows" | "promptTokens">,
): ShardSend {
  return {
    ...about,
    content: null,
    state: "built",
    refusals: 0,
    file: null,
    batch: null,
    missing: null,
    sentAtMs: null,
    endedAtMs: null,
    promptTokensUsed: 0,
    completionTokensUsed: 0,
    done: 0,
    failed: 0,
    late: 0,
    unknown: 0,
    fault: null,
  };
}
