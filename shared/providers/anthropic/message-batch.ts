import { z } from "zod";
import type { Batch, BatchState } from "../../batch-api/batch.ts";

const moment = z.string().nullish();
const count = z.int().min(0);

/** A message batch as the provider shows it. */
export const MessageBatch = z.looseObject({
  id: z.string().min(1),
  processing_status: z.enum(["in_progress", "canceling", "ended"]),
  request_counts: z.looseObject({
    processing: count,
    succeeded: count,
    errored: count,
    canceled: count,
    expired: count,
  }),
  created_at: z.string(),
  expires_at: moment,
  ended_at: moment,
  cancel_initiated_at: moment,
  results_url: moment,
});
export type MessageBatch = z.infer<typeof MessageBatch>;

export const MessageBatchPage = z.looseObject({
  data: z.array(MessageBatch),
  has_more: z.boolean().nullish(),
});

export function requestsOf({ request_counts: counts }: MessageBatch): number {
  return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired;
}

/**
 * In the form and the states of OpenAI's batches: `ended` is `cancelled` where it was cancelled, `expired` where requests
 * were too late, else `completed`. Its results have no file: their id is made of the batch's.
 */
export function batchOf(given: MessageBatch, metadata: Record<string, string> | null): Batch {
  const { id, request_counts: counts, results_url } = given;
  const status = stateOf(given);
  const ended = seconds(given.ended_at);
  const results = status !== "in_progress" && status !== "cancelling" && results_url ? id : null;
  return {
    id,
    status,
    ...{ endpoint: "/v1/messages", input_file_id: "", output_file_id: results, error_file_id: null },
    created_at: seconds(given.created_at) ?? 0,
    expires_at: seconds(given.expires_at),
    completed_at: status === "completed" ? ended : null,
    expired_at: status === "expired" ? ended : null,
    cancelled_at: status === "cancelled" ? ended : null,
    request_counts: { total: requestsOf(given), completed: counts.succeeded, failed: counts.errored },
    metadata,
  };
}

function stateOf({ processing_status, cancel_initiated_at, request_counts }: MessageBatch): BatchState {
  if (processing_status === "in_progress") return "in_progress";
  if (processing_status === "canceling") return "cancelling";
  if (cancel_initiated_at && request_counts.canceled > 0) return "cancelled";
  return request_counts.expired > 0 ? "expired" : "completed";
}

function seconds(text: string | null | undefined): number | null {
  const at = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}
