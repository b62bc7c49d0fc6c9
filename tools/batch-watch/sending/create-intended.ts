import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchApi, BatchToCreate } from "../../../shared/batch-api/batch-api.ts";
import { createOnce, hasMetadata } from "../../../shared/batch-api/create-once.ts";
import { isUncertain } from "../../../shared/batch-api/fault.ts";
import { findBatches } from "../../../shared/batch-api/find-batches.ts";
import { pause } from "../../../shared/timing/pause.ts";

export interface IntendedBatch {
  batch: BatchToCreate;
  /** Unix seconds of the provider's clock at which the batch did not exist yet. */
  notBefore: number | null;
  /** When it was about to be created by an earlier try that did not learn what came of it, in Unix milliseconds. */
  intendedMs: number | null;
  /** Resolves when the intent is durable; null: for certain nothing was created. */
  note(intendedMs: number | null): Promise<void>;
  /** How long a batch may take to appear in lists after its creation. */
  reconcileWaitMs: number;
  signal?: AbortSignal | undefined;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Creates a batch, whose intent is stored before the call. Where an earlier call may have been carried out, its batch is
 * looked for by its metadata, until it would have appeared, before another is created: each batch is paid.
 * @throws BatchApiError; where it is uncertain the intent stands, and the next try begins by looking
 */
export async function createIntended(
  api: Pick<BatchApi, "createBatch" | "listBatches">,
  intended: IntendedBatch,
): Promise<Batch> {
  const { batch, notBefore, intendedMs, note, signal } = intended;
  if (intendedMs !== null) {
    const found = await lookedFor(api, intended, intendedMs + intended.reconcileWaitMs);
    if (found) return found;
  }
  signal?.throwIfAborted();
  await note(Date.now());
  try {
    // Not to be broken off: then nobody would know what came of it.
    return await createOnce(api, batch, { notBefore, between: signal });
  } catch (error) {
    if (!isUncertain(error)) await note(null);
    throw error;
  }
}

async function lookedFor(
  api: Pick<BatchApi, "listBatches">,
  { batch, notBefore, signal }: IntendedBatch,
  untilMs: number,
): Promise<Batch | undefined> {
  for (;;) {
    const last = Date.now() >= untilMs;
    for await (const found of findBatches(api, { notBefore, signal })) {
      if (hasMetadata(found, batch.metadata)) return found;
    }
    if (last) return undefined;
    await pause(Math.min(LOOK_EVERY_MS, Math.max(0, untilMs - Date.now())), signal);
    signal?.throwIfAborted();
  }
}
