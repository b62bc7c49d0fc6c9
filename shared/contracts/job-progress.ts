import { z } from "zod";
import { BatchTotals } from "./batch-totals.ts";
import { Row, Run } from "./contract.ts";

/** A committed part: results up to these lengths count; what lies behind them in the files does not exist. */
export const PartLength = z.strictObject({
  name: z.string(),
  /** Failures of an earlier run are forgotten when the job is retried; its good results stay. */
  run: Run,
  dataBytes: z.int().min(0),
  indexBytes: z.int().min(0),
});
export type PartLength = z.infer<typeof PartLength>;

/**
 * How far feeding is known to have come. The chunks numbered seq + 1, seq + 2 ... in the work stream end before the rows
 * ends[0], ends[1] ...; the plan is stored before they are published, so that the stream's last sequence tells exactly
 * where feeding goes on after a crash.
 */
export const FeedPlan = z.strictObject({
  seq: z.int().min(0),
  from: Row,
  ends: z.array(Row),
  /** Instead of ranges, rows that are fed alone, one a chunk; `ends` is empty then. */
  singles: z.array(Row),
});
export type FeedPlan = z.infer<typeof FeedPlan>;

/** A job's progress as the KV bucket `progress` holds it; written only by the job's owner, by compare-and-set. */
export const JobProgress = z.strictObject({
  owner: z.string(),
  run: Run,
  rows: z.int().min(0).nullable(),
  done: z.int().min(0),
  failed: z.int().min(0),
  truncated: z.int().min(0),
  /** Results that arrived for a row that had one already: calls paid twice. */
  repeated: z.int().min(0),
  promptTokens: z.int().min(0),
  completionTokens: z.int().min(0),
  /** Of each run that used the batch lane. Their tokens are in none of the sums above, since they cost less. */
  batches: z.array(BatchTotals).default([]),
  parts: z.array(PartLength),
  feed: FeedPlan,
  /** Messages of the result stream up to this sequence are committed: one that comes again is a redelivery. */
  collectedTo: z.int().min(0),
  /** Rows to be fed again one by one, since their chunk came back too often. */
  refeed: z.array(Row),
  /** Milliseconds this job has been running, over all owners. */
  activeMs: z.number().min(0),
});
export type JobProgress = z.infer<typeof JobProgress>;
