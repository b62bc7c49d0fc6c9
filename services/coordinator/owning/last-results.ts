import { setTimeout as delay } from "node:timers/promises";
import { isBrokenOff } from "../../../shared/contracts/broken-off.ts";
import { replyStream } from "../../../shared/topology.ts";
import type { Collector } from "../collecting/collector.ts";
import type { Carrying } from "./owning.ts";

/** So long also workers that this owner has not heard of may bring what they have. */
const GRACE_MS = 1500;
/** After the last worker has left, for a judge to read what lies there; there may be none. */
const REPLIES_MS = 30_000;
const LOOK_MS = 100;

/**
 * Resolves when the calls that were open as the job was broken off have ended, and their results are in the result
 * stream: what was paid must not go with the streams, nor be asked again by the next run. Workers that fall silent are
 * not waited for, nor any where the job was overwritten meanwhile.
 */
export async function awaitLastResults(carrying: Carrying, collector: Collector): Promise<void> {
  const { entry, signal, watch } = carrying;
  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => {});
  const counts = () => !signal.aborted && isBrokenOff(watch.current(), entry.run);
  await pause(GRACE_MS);
  while (counts() && collector.awaitsWorkers()) await pause(LOOK_MS);
  const latest = performance.now() + REPLIES_MS;
  while (counts() && performance.now() < latest && (await areRepliesUnread(carrying))) await pause(LOOK_MS);
}

/** Replies on their way through the judge. */
async function areRepliesUnread({ broker, entry }: Carrying): Promise<boolean> {
  if (entry.spec.dispatch.returnTo !== "judge") return false;
  const judge = await broker.jsm.consumers
    .info(replyStream(entry.id, entry.run), "judge")
    .catch(() => undefined);
  return judge !== undefined && judge.num_pending + judge.num_ack_pending > 0;
}
