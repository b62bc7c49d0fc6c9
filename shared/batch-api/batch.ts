import { z } from "zod";

/** The eight states, verbatim. */
export const BATCH_STATES = [
  "validating",
  "failed",
  "in_progress",
  "finalizing",
  "completed",
  "expired",
  "cancelling",
  "cancelled",
] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** Some write an empty text where there is no file. */
const fileId = z.string().nullish();
const seconds = z.number().nullish();

const BatchError = z.looseObject({
  code: z.string().nullish(),
  message: z.string().nullish(),
  line: z.number().nullish(),
});

/** A batch as the provider shows it, and as `batch_objects.json` holds it: what is not named here is kept as it came. */
export const Batch = z.looseObject({
  id: z.string().min(1),
  status: z.preprocess(
    (value) => (typeof value === "string" ? value.toLowerCase() : value),
    z.enum(BATCH_STATES),
  ),
  endpoint: z.string(),
  input_file_id: z.string(),
  output_file_id: fileId,
  error_file_id: fileId,
  /** Unix seconds, as all times of a batch. */
  created_at: z.number(),
  in_progress_at: seconds,
  expires_at: seconds,
  finalizing_at: seconds,
  completed_at: seconds,
  failed_at: seconds,
  expired_at: seconds,
  cancelling_at: seconds,
  cancelled_at: seconds,
  request_counts: z.looseObject({ total: z.int(), completed: z.int(), failed: z.int() }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  errors: z.looseObject({ data: z.array(BatchError).nullish() }).nullish(),
});
export type Batch = z.infer<typeof Batch>;

const FINISHED: ReadonlySet<BatchState> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Nothing will change any more, and its files are there. */
export const isFinished = ({ status }: Pick<Batch, "status">) => FINISHED.has(status);

/** Why the provider took the file for no batch, a sentence each. */
export function errorsOf({ errors }: Pick<Batch, "errors">): string[] {
  return (errors?.data ?? []).map(({ code, message, line }) => {
    const place = typeof line === "number" ? `line ${line}: ` : "";
    return `${place}${message ?? code ?? "without a reason"}`;
  });
}
