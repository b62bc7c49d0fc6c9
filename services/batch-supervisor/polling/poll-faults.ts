import { shardKey } from "../../../shared/contracts/shard.ts";
import type { RouteShards } from "../routes/route-shards.ts";
import { soughtSends } from "./poll-batches.ts";

/** That the provider cannot be asked about batches: a person reads it with one batch of each job. */
export interface PollFaults {
  tell(jobs: readonly string[], sentence: string): Promise<void>;
  /** It is over. */
  end(): Promise<void>;
}

export function openPollFaults(routeShards: RouteShards): PollFaults {
  const told: { key: string; send: number; sentence: string }[] = [];
  return {
    tell: async (jobs, sentence) => {
      for (const job of jobs) {
        const shard = routeShards
          .all()
          .find((one) => one.job === job && soughtSends(one.sends).open.length > 0);
        const send = shard && soughtSends(shard.sends).open[0];
        if (shard === undefined || send === undefined || send.fault !== null) continue;
        await routeShards.editSend(shardKey(shard), send.number, () => ({ fault: sentence }));
        told.push({ key: shardKey(shard), send: send.number, sentence });
      }
    },
    end: async () => {
      for (const { key, send, sentence } of told.splice(0))
        await routeShards.editSend(key, send, ({ fault }) => ({ fault: fault === sentence ? null : fault }));
    },
  };
}
