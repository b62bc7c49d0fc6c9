import { newSend } from "../../shared/batch-lane/new-send.ts";
import type { Shard, ShardSend } from "../../shared/contracts/shard.ts";

/** A first send of ten lines, with a batch, and what a test wants otherwise. */
export function someSend(change: Partial<ShardSend> = {}): ShardSend {
  const fresh = newSend({ number: 1, kind: "first", attempt: 1, lines: null, rows: 10, promptTokens: 300 });
  const batch = {
    id: "batch_1",
    status: "in_progress",
    inputFileId: "file-1",
    outputFileId: null,
    errorFileId: null,
    createdAt: 1_000,
    endedAt: null,
    total: 10,
    completed: 0,
    failed: 0,
  };
  const content = { bytes: 1_000, sha256: "0".repeat(64) };
  return { ...fresh, content, file: { id: "file-1", createdAt: 990 }, batch, ...change };
}

export function someShard(sends: ShardSend[]): Shard {
  return {
    job: "0123456789abcdef",
    run: 1,
    shard: 0,
    from: 0,
    end: 10,
    rows: 10,
    jobRows: 100,
    blob: "b",
    worstCost: 0,
    hedgeShare: 1,
    open: null,
    openRows: 10,
    closed: false,
    sends,
  };
}
