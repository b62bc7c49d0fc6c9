import { type Shard, type ShardSend, shardKey } from "../../../shared/contracts/shard.ts";

export interface IntendedSend {
  key: string;
  shard: Shard;
  send: ShardSend;
}

/** Since when batches have been looked for that were intended, and may have been created unseen. */
export class NeverCreated {
  readonly #since = new Map<string, number>();

  /**
   * What was not in a list that was asked for long enough after its POST was not created.
   * @param listedMs when the lists were asked for
   * @param waitMsOf how long a batch may take to appear in a list, by its job
   */
  after(
    shards: readonly Shard[],
    { listedMs, nowMs }: { listedMs: number; nowMs: number },
    waitMsOf: (job: string) => number,
  ): IntendedSend[] {
    const missing: IntendedSend[] = [];
    const intended = new Set<string>();
    for (const shard of shards) {
      for (const send of shard.sends) {
        if (send.state !== "intended") continue;
        const key = shardKey(shard);
        const name = `${key}/${send.number}`;
        intended.add(name);
        const since = this.#since.get(name) ?? nowMs;
        this.#since.set(name, since);
        if (listedMs - since >= waitMsOf(shard.job)) missing.push({ key, shard, send });
      }
    }
    for (const name of this.#since.keys()) if (!intended.has(name)) this.#since.delete(name);
    return missing;
  }
}

/** The state that a send had before its batch was intended. */
export function backFromIntended({ state, file }: ShardSend): Partial<ShardSend> {
  return state === "intended" ? { state: file === null ? "built" : "uploaded" } : {};
}
