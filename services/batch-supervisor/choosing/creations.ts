import { type Shard, shardKey } from "../../../shared/contracts/shard.ts";
import { isEnqueued } from "../routes/enqueued.ts";
import { type Enqueued, sendsThatFit } from "../routes/token-queue.ts";
import type { Chosen } from "./choose-step.ts";
import { splitSend } from "./split-send.ts";

/** A step that is under way for a send. */
export interface Busy {
  step: Chosen["step"];
  send: number;
}

/** What is to be done about sends that wait to become batches. */
export interface Creations {
  /** They may become batches now, in this order. */
  create: Chosen[];
  /** Their tokens alone are above the limit: they are cut. */
  split: (Chosen & { most: number })[];
}

/**
 * @param waiting each job's oldest first; older jobs first
 * @param busy by the shard's key
 * @param limit prompt tokens that all batches may hold; null: not known
 */
export function creations(
  waiting: readonly Chosen[],
  shards: readonly Shard[],
  busy: ReadonlyMap<string, Busy>,
  limit: number | null,
): Creations {
  const split: Creations["split"] = [];
  const fitting: Chosen[] = [];
  for (const one of waiting) {
    if (limit === null || one.tokens <= limit) fitting.push(one);
    // A single line that is too large is tried as if it just fitted: the provider has the last word.
    else if (splitSend(one.shard, one.send, limit) === undefined) fitting.push({ ...one, tokens: limit });
    else split.push({ ...one, most: limit });
  }
  return { create: sendsThatFit(fitting, enqueuedOf(shards, busy), limit), split };
}

/** What is being created holds tokens as if it were there. */
function enqueuedOf(shards: readonly Shard[], busy: ReadonlyMap<string, Busy>): Enqueued[] {
  return shards.flatMap((shard) => {
    const creating = busy.get(shardKey(shard));
    return shard.sends.flatMap((send) =>
      isEnqueued(send) || (creating?.step === "create" && creating.send === send.number)
        ? [{ job: shard.job, tokens: send.promptTokens }]
        : [],
    );
  });
}
