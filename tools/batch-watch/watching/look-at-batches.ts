import type { Batch } from "../../../shared/batch-api/batch.ts";
import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";

type Looking = Pick<BatchApi, "listBatches" | "retrieveBatch">;

/** So few are asked for one by one: other batches of the key may stand before them in a list. */
const FEW = 3;

export interface Looked {
  /** All that were seen, those that were not asked for too. */
  seen: Batch[];
  /** Asked for, and unknown to the provider. */
  unknown: string[];
}

/**
 * Sees how far batches are, with the fewest calls: lists of 100, newest first, as long as that is no more than a call for
 * each batch, and single calls for those that no list has shown.
 */
export async function lookAtBatches(
  api: Looking,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Looked> {
  const looked: Looked = { seen: [], unknown: [] };
  const wanted = new Set(ids);
  if (ids.length > FEW) await list(api, wanted, looked, signal);
  for (const id of wanted) {
    const batch = await api.retrieveBatch(id, { signal }).catch((error: unknown) => {
      if (isUnknown(error)) return undefined;
      throw error;
    });
    if (batch) looked.seen.push(batch);
    else looked.unknown.push(id);
  }
  return looked;
}

async function list(
  api: Looking,
  wanted: Set<string>,
  { seen }: Looked,
  signal: AbortSignal | undefined,
): Promise<void> {
  const most = wanted.size;
  let after: string | undefined;
  for (let page = 0; page < most && wanted.size > 0; page++) {
    const { batches, hasMore } = await api.listBatches({ after, signal });
    for (const batch of batches) wanted.delete(batch.id);
    seen.push(...batches);
    after = batches.at(-1)?.id;
    if (!hasMore || after === undefined) return;
  }
}
