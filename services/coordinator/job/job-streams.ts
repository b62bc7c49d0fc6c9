import { completionsWantedAgain } from "../../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { reasksWanted } from "../../../shared/contracts/reask-chunk.ts";
import { repliesMade } from "../../../shared/contracts/reply-chunk.ts";
import { resultsMade } from "../../../shared/contracts/result-chunk.ts";
import { asksAgain, LANES, laneOf, readerOf } from "../../../shared/lanes.ts";
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
import { againStream, jobChanged, reaskStream, replyStream, resultStream } from "../../../shared/topology.ts";

/** A stream of a job and the durable that takes its messages out. */
interface Queue {
  stream: string;
  durable: string;
}

/** Work for those who make calls: held back while the job is paused. */
export function workQueues({ id, spec }: RequestJob): Queue[] {
  const { dispatch } = spec;
  const { chunks, worker, again } = laneOf(dispatch);
  const own = chunks === null ? [] : [{ stream: chunks.stream(id, dispatch.route), durable: worker }];
  return asksAgain(dispatch) ? [...own, { stream: againStream(id, dispatch.route), durable: again }] : own;
}

/** All from which results may still come, but the result stream itself. */
export function pendingQueues(entry: RequestJob): Queue[] {
  const replies = replyQueue(entry);
  return replies === undefined ? workQueues(entry) : [...workQueues(entry), replies];
}

/** Replies on their way to the service that reads them; undefined: none does. */
export function replyQueue({ id, run, spec }: RequestJob): Queue | undefined {
  const { service } = readerOf(spec.dispatch);
  return service === null ? undefined : { stream: replyStream(id, run), durable: service };
}

/**
 * Makes the streams into which others write. Replies have no bound: with all streams bounded their reader could wait for
 * those who make calls, and they for the reader, for ever.
 * @param streamBytes what each of those with a bound may hold
 */
export async function ensureJobStreams(
  broker: Broker,
  entry: RequestJob,
  streamBytes: number,
  ackWaitMs: number,
): Promise<void> {
  const { id, run, spec } = entry;
  const { dispatch } = spec;
  const { route } = dispatch;
  const { again, hasBatches } = laneOf(dispatch);
  const replies = replyQueue(entry);
  await patiently(broker, () =>
    ensureWorkQueue(broker, resultStream(id, run), resultsMade.subject(id, run), streamBytes),
  );
  if (!asksAgain(dispatch)) return;
  await patiently(broker, async () => {
    await ensureWorkQueue(
      broker,
      againStream(id, route),
      completionsWantedAgain.subject(id, route),
      streamBytes,
    );
    await ensureWorker(broker, againStream(id, route), again, ackWaitMs);
    if (replies === undefined) return;
    // Whichever lane is told now: it may be changed while the job runs.
    if (hasBatches) await ensureLog(broker, reaskStream(id, run), reasksWanted.subject(id, run));
    await ensureUnboundedQueue(broker, replies.stream, repliesMade.subject(id, run));
    await ensureWorker(broker, replies.stream, replies.durable, ackWaitMs);
  });
  broadcast(broker, jobChanged(id), {});
}

/** Ends the work of a run; a feeder of a later run that finds its work stream gone makes it again. */
export async function deleteJobStreams(broker: Broker, entry: RequestJob, run = entry.run): Promise<void> {
  const { id, spec } = entry;
  const { route } = spec.dispatch;
  // Of all lanes: the run may have gone by another one than this.
  const work = Object.values(LANES).flatMap(({ chunks }) => chunks?.stream(id, route) ?? []);
  const names = [
    ...work,
    againStream(id, route),
    reaskStream(id, run),
    replyStream(id, run),
    resultStream(id, run),
  ];
  for (const name of names) await patiently(broker, () => deleteStream(broker, name));
}
