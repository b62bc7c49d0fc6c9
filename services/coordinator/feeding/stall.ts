import { patiently } from "../../../shared/runtime/patiently.ts";
import { resultStream } from "../../../shared/topology.ts";
import { pendingQueues } from "../job/job-streams.ts";
import type { FeederOptions } from "./feeder-options.ts";

/** Everything was fed, nothing is pending or in anybody's hands, and yet rows have no outcome. */
export async function isStalled({
  broker,
  entry,
  ledger,
}: Pick<FeederOptions, "broker" | "entry" | "ledger">): Promise<boolean> {
  if (ledger.complete) return false;
  const settled = ledger.done.size + ledger.failed.size;
  // In the order in which work moves on, so that nothing can slip by between two looks, but for what is asked again.
  const order = pendingQueues(entry);
  for (const { stream, durable } of [...order, ...order]) {
    const work = await patiently(broker, () => broker.jsm.consumers.info(stream, durable));
    if (work.num_pending + work.num_ack_pending > 0) return false;
  }
  const results = await patiently(broker, () => broker.jsm.streams.info(resultStream(entry.id, entry.run)));
  return results.state.messages === 0 && settled === ledger.done.size + ledger.failed.size;
}
