import { newSend } from "../../../shared/batch-lane/new-send.ts";
import type { BatchSpec, RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { Shard } from "../../../shared/contracts/shard.ts";
import type { WrittenContent } from "./shard-content.ts";

/** A shard that nothing has been done for yet. */
export function newShard(
  { id, run, spec }: RequestJob,
  { blob, rows, promptTokens, bytes, sha256 }: WrittenContent,
  about: Pick<Shard, "shard" | "from" | "end" | "jobRows" | "worstCost" | "reasksTo">,
): Shard {
  const first = newSend({ number: 1, kind: "first", attempt: 1, lines: null, rows, promptTokens });
  return {
    job: id,
    run,
    ...about,
    rows,
    blob,
    hedgeShare: spec.maxCost === null ? 1 : hedgeShare(spec.dispatch.batch!),
    open: null,
    openRows: rows,
    closed: false,
    sends: [{ ...first, content: { bytes, sha256 } }],
  };
}

/** Rows that hedging may have paid twice, as a share of all. */
export const hedgeShare = (batch: BatchSpec) => (batch.hedge === "off" ? 0 : batch.maxHedgeCost);
