import { afterUnseenFile } from "../batch-policy/unseen-file.ts";
import { pause } from "../timing/pause.ts";
import type { Batch } from "./batch.ts";
import type { BatchApi, BatchToCreate } from "./batch-api.ts";
import { BatchApiError, isUncertain } from "./fault.ts";
import { findBatches } from "./find-batches.ts";

export interface CreateOnceOptions {
  signal?: AbortSignal | undefined;
  /** Ends a wait between two calls, of which neither was carried out; the calls themselves only end by `signal`. */
  between?: AbortSignal | undefined;
  /** How long to wait while the provider has no room for another batch (0: that is for the caller). */
  roomMs?: number;
  /** Told why the same call is made again, and when. */
  onWait?: (waitMs: number, sentence: string) => void;
  /** How often to look for a batch whose creation was not answered, and how long to wait before each look. */
  looks?: number;
  lookMs?: number;
  /** Unix seconds of the provider's clock at which the batch did not exist yet: its file's `created_at`. */
  notBefore?: number | null;
}

/**
 * Creates a batch and never repeats a call that may have been carried out, since each batch is paid: where the answer is
 * lost, the batch is looked for by its metadata, all members of which must agree. A refusal is certain: while the
 * provider does not see the file yet the same one is named again, as batch-policy/unseen-file.ts has it.
 * @param batch whose metadata no other batch has
 * @throws BatchApiError; an uncertain one if the batch was not found either, so that nobody knows whether there is one
 */
export async function createOnce(
  api: Pick<BatchApi, "createBatch" | "listBatches">,
  batch: BatchToCreate,
  options: CreateOnceOptions = {},
): Promise<Batch> {
  const { signal, looks = 3, lookMs = 2_000, notBefore = null } = options;
  try {
    return await createSeen(api, batch, options);
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

const FIRST_ROOM_MS = 5_000;
const LONGEST_ROOM_MS = 60_000;

/** Waits between calls that were refused for what passes. */
async function createSeen(
  api: Pick<BatchApi, "createBatch">,
  batch: BatchToCreate,
  { signal, between = signal, roomMs = 0, onWait }: CreateOnceOptions,
): Promise<Batch> {
  let waitedMs = 0;
  for (let refusals = 1; ; refusals++) {
    try {
      return await api.createBatch(batch, { signal });
    } catch (error) {
      const waitMs = waitAfter(error, refusals, roomMs - waitedMs);
      if (waitMs === undefined) throw error;
      onWait?.(waitMs, (error as BatchApiError).message);
      await pause(waitMs, between);
      between?.throwIfAborted();
      waitedMs += waitMs;
    }
  }
}

/** Undefined: the call is not made again. */
function waitAfter(error: unknown, refusals: number, roomMs: number): number | undefined {
  if (!(error instanceof BatchApiError)) return undefined;
  if (error.fault.kind === "not_ready") {
    const { waitMs, next } = afterUnseenFile(refusals);
    return next === "same_file" ? waitMs : undefined;
  }
  if (error.fault.kind !== "no_room" || roomMs <= 0) return undefined;
  return Math.min(FIRST_ROOM_MS * 2 ** (refusals - 1), LONGEST_ROOM_MS);
}

/** Whether a batch holds all of these. */
export function hasMetadata({ metadata }: Pick<Batch, "metadata">, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => metadata?.[name] === value);
}
