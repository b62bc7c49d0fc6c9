import { setTimeout as delay } from "node:timers/promises";
import { isBrokenOff } from "../../../shared/contracts/broken-off.ts";
import type { Collector } from "../collecting/collector.ts";
import { replyQueue } from "../job/job-streams.ts";
import type { Carrying } from "./owning.ts";

/** So long also workers that this owner has not heard of may bring what they have. */
const GRACE_MS = 1500;
/** After the last worker has left, for their reader to read what lies there; there may be none. */
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

/** Replies on their way through the service that reads them. */
async function areRepliesUnread({ broker, entry }: Carrying): Promise<boolean> {
  const replies = replyQueue(entry);
  if (replies === undefined) return false;
  const reader = await broker.jsm.consumers.info(replies.stream, replies.durable).catch(() => undefined);
  return reader !== undefined && reader.num_pending + reader.num_ack_pending > 0;
}
