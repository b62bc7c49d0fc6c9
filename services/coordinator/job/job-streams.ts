import { completionsWantedAgain } from "../../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { reasksWanted } from "../../../shared/contracts/reask-chunk.ts";
import { repliesMade } from "../../../shared/contracts/reply-chunk.ts";
import { resultsMade } from "../../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import { patiently } from "../../../shared/runtime/patiently.ts";
import { broadcast } from "../../../shared/runtime/requests.ts";
import {
  deleteStream,
  ensureLog,
  ensureUnboundedQueue,
  ensureWorker,
  ensureWorkQueue,
} from "../../../shared/runtime/streams.ts";
import {
  againStream,
  jobChanged,
  reaskStream,
  replyStream,
  resultStream,
  workStream,
} from "../../../shared/topology.ts";

/** A stream of a job and the durable that takes its messages out. */
interface Queue {
  stream: string;
  durable: string;
}

/** Work for dispatchers: held back while the job is paused. */
export function workQueues({ id, spec }: RequestJob): Queue[] {
  const { route, returnTo, batch } = spec.dispatch;
  const online = { stream: workStream(id, route), durable: "dispatcher" };
  const again = { stream: againStream(id, route), durable: "dispatcher" };
  if (batch !== null) return [again];
  return returnTo === "judge" ? [online, again] : [online];
}

/** All from which results may still come, but the result stream itself. */
export function pendingQueues(entry: RequestJob): Queue[] {
  if (entry.spec.dispatch.returnTo === "collector") return workQueues(entry);
  return [...workQueues(entry), { stream: replyStream(entry.id, entry.run), durable: "judge" }];
}

/**
 * Makes the streams into which others write. Replies have no bound: with all streams bounded the judge could wait for the
 * dispatchers and they for the judge, for ever.
 */
export async function ensureJobStreams(broker: Broker, entry: RequestJob, ackWaitMs: number): Promise<void> {
  const { id, run, spec } = entry;
  const { route, returnTo, batch } = spec.dispatch;
  await patiently(broker, () => ensureWorkQueue(broker, resultStream(id, run), resultsMade.subject(id, run)));
  if (returnTo === "collector" && batch === null) return;
  await patiently(broker, async () => {
    await ensureWorkQueue(broker, againStream(id, route), completionsWantedAgain.subject(id, route));
    await ensureWorker(broker, againStream(id, route), "dispatcher", ackWaitMs);
    if (returnTo === "collector") return;
    // Whichever lane is told now: it may be changed while the job runs.
    if (batch !== null) await ensureLog(broker, reaskStream(id, run), reasksWanted.subject(id, run));
    await ensureUnboundedQueue(broker, replyStream(id, run), repliesMade.subject(id, run));
    await ensureWorker(broker, replyStream(id, run), "judge", ackWaitMs);
  });
  broadcast(broker, jobChanged(id), {});
}

/** Ends the work of a run; a feeder of a later run that finds its work stream gone makes it again. */
export async function deleteJobStreams(broker: Broker, entry: RequestJob, run = entry.run): Promise<void> {
  const { id, spec } = entry;
  const { route } = spec.dispatch;
  // Of all lanes: the run may have gone by another one than this.
  const ofRoute = [workStream(id, route), againStream(id, route)];
  const names = [...ofRoute, reaskStream(id, run), replyStream(id, run), resultStream(id, run)];
  for (const name of names) await patiently(broker, () => deleteStream(broker, name));
}
