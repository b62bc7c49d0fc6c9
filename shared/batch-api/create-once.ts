import { pause } from "../timing/pause.ts";
import type { Batch } from "./batch.ts";
import type { BatchApi, BatchToCreate } from "./batch-api.ts";
import { isUncertain } from "./fault.ts";
import { findBatches } from "./find-batches.ts";

export interface CreateOnceOptions {
  signal?: AbortSignal | undefined;
  /** How often to look for a batch whose creation was not answered, and how long to wait before each look. */
  looks?: number;
  lookMs?: number;
  /** Unix seconds of the provider's clock at which the batch did not exist yet: its file's `created_at`. */
  notBefore?: number | null;
}

/**
 * Creates a batch and never repeats a call that may have been carried out, since each batch is paid: where the answer is
 * lost, the batch is looked for by its metadata, all members of which must agree.
 * @param batch whose metadata no other batch has
 * @throws BatchApiError; an uncertain one if the batch was not found either, so that nobody knows whether there is one
 */
export async function createOnce(
  api: Pick<BatchApi, "createBatch" | "listBatches">,
  batch: BatchToCreate,
  { signal, looks = 3, lookMs = 2_000, notBefore = null }: CreateOnceOptions = {},
): Promise<Batch> {
  try {
    return await api.createBatch(batch, { signal });
  } catch (error) {
    if (!isUncertain(error)) throw error;
    for (let look = 0; look < looks; look++) {
      await pause(lookMs, signal);
      for await (const found of findBatches(api, { notBefore, signal })) {
        if (hasMetadata(found, batch.metadata)) return found;
      }
    }
    throw error;
  }
}

/** Whether a batch holds all of these. */
export function hasMetadata({ metadata }: Pick<Batch, "metadata">, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => metadata?.[name] === value);
}
