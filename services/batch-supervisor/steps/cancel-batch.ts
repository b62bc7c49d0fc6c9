import { BatchApiError } from "../../../shared/batch-api/fault.ts";
import { batchSeen } from "../polling/batch-seen.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";

const TOO_LATE = 409;

/** Ends a batch that nobody wants any more. What it has done is paid, and collected when it has ended. */
export async function cancelBatch(context: RouteContext, { key, send, account }: Work): Promise<void> {
  const { routeShards, signal } = context;
  const { id } = send.batch!;
  const cancelled = await account.api.cancelBatch(id, { signal }).catch((error: unknown) => {
    const tooLate =
      error instanceof BatchApiError && error.fault.kind === "permanent" && error.fault.status === TOO_LATE;
    if (!tooLate) throw error;
    return account.api.retrieveBatch(id, { signal });
  });
  await routeShards.editSend(key, send.number, () => ({ batch: batchSeen(cancelled), fault: null }));
}
