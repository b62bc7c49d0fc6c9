import { shardKey } from "../../../shared/contracts/shard.ts";
import type { ShardBook } from "../books/shard-book.ts";
import { lookFor } from "./look-at-batches.ts";

/** That the provider cannot be asked about batches: a person reads it with one batch of each job. */
export interface LookFaults {
  tell(jobs: readonly string[], sentence: string): Promise<void>;
  /** It is over. */
  end(): Promise<void>;
}

export function openLookFaults(book: ShardBook): LookFaults {
  const told: { key: string; send: number; sentence: string }[] = [];
  return {
    tell: async (jobs, sentence) => {
      for (const job of jobs) {
        const shard = book.all().find((one) => one.job === job && lookFor(one.sends).open.length > 0);
        const send = shard && lookFor(shard.sends).open[0];
        if (shard === undefined || send === undefined || send.fault !== null) continue;
        await book.editSend(shardKey(shard), send.number, () => ({ fault: sentence }));
        told.push({ key: shardKey(shard), send: send.number, sentence });
      }
    },
    end: async () => {
      for (const { key, send, sentence } of told.splice(0))
        await book.editSend(key, send, ({ fault }) => ({ fault: fault === sentence ? null : fault }));
    },
  };
}
