import { BatchApiError, isUncertain } from "../../../shared/batch-api/fault.ts";
import { batchEndpoint } from "../../../shared/batch-lane/request-line.ts";
import * as metrics from "../metrics.ts";
import { batchSeen } from "../polling/batch-seen.ts";
import { type RouteContext, requireLease, type Work } from "../routes/route-context.ts";
import { metadataOf } from "./send-label.ts";
import { sendLines } from "./send-lines.ts";

/**
 * uploaded -> intended -> created. The intent is stored before the POST; after an answer that did not come the send stays
 * intended, and a look at the provider's list tells whether there is a batch. A refusal is certain: nothing was created.
 */
export async function createBatch(context: RouteContext, work: Work): Promise<void> {
  const { routeShards, installation, signal } = context;
  const { key, send, account, entry } = work;
  requireLease(context);
  const intended = await routeShards.editSend(key, send.number, () => ({ state: "intended", fault: null }));
  const mine = intended?.sends.find(({ number }) => number === send.number);
  if (intended === undefined || mine?.state !== "intended") return;
  const batch = {
    input_file_id: send.file!.id,
    endpoint: batchEndpoint(entry.spec.dispatch.batch),
    metadata: metadataOf(installation, intended, mine),
    content: () => sendLines(context.blobs, intended, mine, signal),
  };
  try {
    const created = await account.api.createBatch(batch, { signal, before: () => requireLease(context) });
    metrics.batchesCreated.labels(context.route, send.kind).inc();
    await routeShards.editSend(key, send.number, () => ({
      state: "created",
      batch: batchSeen(created),
      sentAtMs: Date.now(),
    }));
  } catch (error) {
    if (!(error instanceof BatchApiError) || isUncertain(error)) throw error;
    await routeShards.editSend(key, send.number, () => ({ state: "uploaded" }));
    throw error;
  }
}
