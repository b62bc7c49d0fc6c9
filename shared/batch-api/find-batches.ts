import type { Batch } from "./batch.ts";
import type { BatchApi } from "./batch-api.ts";

/**
 * All batches that the key has, newest first, as far as its reader reads on.
 * @param options.notBefore Unix seconds of the provider's clock: batches that were created earlier are left out
 */
export async function* findBatches(
  api: Pick<BatchApi, "listBatches">,
  options: { notBefore?: number | null; pageSize?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Batch> {
  const { pageSize: limit = 100, signal } = options;
  const notBefore = options.notBefore ?? 0;
  let after: string | undefined;
  for (;;) {
    const { batches, hasMore } = await api.listBatches({ after, limit, signal });
    yield* batches.filter(({ created_at }) => created_at >= notBefore);
    const last = batches.at(-1);
    if (!hasMore || last === undefined || last.created_at < notBefore) return;
    after = last.id;
  }
}
