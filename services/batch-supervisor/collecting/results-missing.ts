import type { BatchSeen } from "../../../shared/contracts/shard.ts";

/**
 * A batch has ended, and what it answered cannot be read: it is looked at anew. Its rows are paid, and are not sent again
 * for that.
 */
export class ResultsMissing extends Error {
  override name = "ResultsMissing";
  readonly batch: BatchSeen;
  constructor({ batch, what }: { batch: BatchSeen; what: string }) {
    super(`Batch ${batch.id} is ${batch.status}, but ${what}.`);
    this.batch = batch;
  }
}
