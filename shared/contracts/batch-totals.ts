import { z } from "zod";
import { Run } from "./contract.ts";

const count = z.int().min(0);

/** What a run's batches have come to, summed over its shards' entries by the job's owner. */
export const BatchTotals = z.strictObject({
  run: Run,
  /** All are settled and their entries are gone, or about to go: these sums are the last word. */
  closed: z.boolean(),
  shards: count,
  /** Batches by state: those of the provider, and before it `built`, `uploaded` and `intended`. */
  states: z.record(z.string(), count),
  /** Rows that the provider says it has answered, in batches that have not ended. */
  rowsAnswered: count,
  /** Rows that a judge wants asked again and no shard holds yet; where they are more than fill a shard, as many as that. */
  reasksWaiting: count.default(0),
  /** Paid tokens, of all batches that were collected. */
  promptTokens: count,
  completionTokens: count,
  /** Of the price of calls. */
  discount: z.number().min(0).max(1),
  /** Answers that were paid and came second: of hedges, of what they beat, and of batches that were created twice. */
  late: count,
  hedges: count,
  duplicates: count,
  /** Result lines that belong to no row. */
  unknown: count,
  /** Unix milliseconds at which all batches should have ended, by how long their siblings took; null: not known yet. */
  expectedEndMs: z.number().nullable(),
  /** What holds batches up: some sentences. */
  faults: z.array(z.string()),
});
export type BatchTotals = z.infer<typeof BatchTotals>;
