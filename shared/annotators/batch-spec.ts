import type { BatchSpec } from "../contracts/job-entry.ts";
import { BATCH_FIELDS, type PaceFields } from "../contracts/messages/job-fields.ts";
import { UserError } from "../errors.ts";
import { providerOf } from "../providers/providers.ts";
import type { Annotator } from "./annotator.ts";

/**
 * How a job's batches are to be made; null where none are wanted.
 * @throws UserError for fields that need the batch lane, and for a model without one
 */
export function batchSpecOf(
  name: string,
  annotator: Annotator,
  fields: Pick<PaceFields, (typeof BATCH_FIELDS)[number]>,
): BatchSpec | null {
  if (!fields.batch) {
    const given = BATCH_FIELDS.filter((field) => field !== "batch" && fields[field] !== undefined);
    if (given.length === 0) return null;
    const [mean, them] = given.length === 1 ? ["means", "it"] : ["mean", "them"];
    throw new UserError(
      `${given.join(" and ")} ${mean} something with batch only: give batch too, or leave ${them} out.`,
    );
  }
  if (annotator.batch === null) {
    throw new UserError(
      `Annotator ${name} takes no batches: leave batch out, or say batch: true for it in the annotators file if its endpoint has /files and /batches.`,
    );
  }
  return {
    maxBatchSize: fields.max_batch_size ?? null,
    pollMs: (fields.poll ?? 60) * 1000,
    hedge: fields.hedge ?? "batch",
    maxHedgeCost: fields.max_hedge_cost ?? 0.05,
    reaskLane: "online",
    reconcileWaitMs: (fields.reconcile_wait ?? 120) * 1000,
    endpoint: providerOf(annotator).batches!.endpoint,
    ...annotator.batch,
  };
}
