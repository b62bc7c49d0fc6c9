import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchSeen } from "../../../shared/contracts/shard.ts";

/** What is kept of a batch. */
export function batchSeen(batch: Batch): BatchSeen {
  const { request_counts: counts } = batch;
  return {
    id: batch.id,
    status: batch.status,
    inputFileId: batch.input_file_id,
    outputFileId: batch.output_file_id || null,
    errorFileId: batch.error_file_id || null,
    createdAt: batch.created_at,
    endedAt: batch.completed_at ?? batch.failed_at ?? batch.expired_at ?? batch.cancelled_at ?? null,
    total: counts?.total ?? 0,
    completed: counts?.completed ?? 0,
    failed: counts?.failed ?? 0,
  };
}
