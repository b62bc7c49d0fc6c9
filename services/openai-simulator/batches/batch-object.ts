import type { StoredFile } from "../files/file-store.ts";
import type { BatchPlan } from "./batch-plan.ts";
import type { LineIndex } from "./line-index.ts";

export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

/** One fault of an input file. */
export type BatchError = { code: string; message: string; line: number | null; param: string | null };

/** What validation found: faults, or the lines with the one model that they ask, and the tokens of their prompts. */
export type Checked = { errors: BatchError[]; lines: LineIndex; model: string; promptTokens: number };

/** How a batch ends, from when it is finalizing to when it has ended. `rest` is the code of lines without an answer. */
export type Ending = {
  status: "completed" | "expired" | "cancelled";
  fromMs: number;
  atMs: number;
  rest: "batch_expired" | "batch_cancelled" | null;
};

/** A file that results are appended to; `stored` is the file that it becomes when its batch has ended. */
export type ResultFile = { path: string; bytes: number; pending: string; stored: StoredFile | null };

/** A batch. Its times are of the batch clock; those of `times` are there once they have come. */
export type Batch = {
  id: string;
  endpoint: string;
  input: StoredFile;
  metadata: Record<string, string> | null;
  status: BatchStatus;
  createdMs: number;
  plan: BatchPlan;
  times: Partial<Record<BatchStatus, number>>;
  checked: Checked | null;
  /** The lines in the order in which they are answered, once validation is over; the first `position` of them were. */
  order: Uint32Array | null;
  position: number;
  /** Lines that never end, which only expiry or cancellation gets rid of. */
  stuck: number[];
  ending: Ending | null;
  completed: number;
  failed: number;
  usage: { prompt: number; completion: number };
  output: ResultFile | null;
  error: ResultFile | null;
  /** Set when the simulator forgot it: no more work is to be done. */
  dropped: boolean;
};

const FINAL = new Set<BatchStatus>(["failed", "completed", "expired", "cancelled"]);

export function isFinal(batch: Batch): boolean {
  return FINAL.has(batch.status);
}

/** The batch as the API shows it. */
export function batchObject(batch: Batch) {
  const { times, checked } = batch;
  const at = (status: BatchStatus) => (times[status] === undefined ? null : seconds(times[status]));
  const errors = checked?.errors ?? [];
  const started = batch.order !== null;
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    model: started ? checked!.model : null,
    errors: batch.status === "failed" ? { object: "list", data: errors } : null,
    input_file_id: batch.input.id,
    completion_window: "24h",
    status: batch.status,
    output_file_id: batch.output?.stored?.id ?? null,
    error_file_id: batch.error?.stored?.id ?? null,
    created_at: seconds(batch.createdMs),
    in_progress_at: at("in_progress"),
    expires_at: seconds(batch.plan.expiresMs),
    finalizing_at: at("finalizing"),
    completed_at: at("completed"),
    failed_at: at("failed"),
    expired_at: at("expired"),
    cancelling_at: at("cancelling"),
    cancelled_at: at("cancelled"),
    request_counts: {
      total: started ? checked!.lines.count : 0,
      completed: batch.completed,
      failed: batch.failed,
    },
    usage: usageObject(batch),
    metadata: batch.metadata,
  };
}

function usageObject({ usage: { prompt, completion } }: Batch) {
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: prompt + completion,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
