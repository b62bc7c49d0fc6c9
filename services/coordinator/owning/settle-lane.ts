import { ENDED, isPlan } from "../../../shared/contracts/job-entry.ts";
import { messageOf } from "../../../shared/errors.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { log } from "../../../shared/runtime/log.ts";
import { type BatchLane, openBatchLane } from "../batches/batch-lane.ts";
import { editJob } from "../job/edit-job.ts";
import type { Carrying, Owning } from "./owning.ts";

const LOOK_MS = 2000;

/** The job's batches; undefined where it has none, nor will have. */
export async function batchLaneOf(carrying: Carrying): Promise<BatchLane | undefined> {
  const { broker, shards: store, blobs, entry, keeper, wake } = carrying;
  const { hasBatches } = laneOf(entry.spec.dispatch);
  if (!hasBatches && keeper.draft.batches.every(({ closed }) => closed)) return undefined;
  return await openBatchLane({
    broker,
    store,
    blobs,
    entry,
    keeper,
    onChange: () => wake.notify(),
    onFault: (error) => log().warn({ job: entry.id, error: messageOf(error) }, "summing up batches failed"),
  });
}

/** After its end a job's batches may still be ending: what they cost is counted before it is let go. */
export async function settleLane(carrying: Carrying, lane: BatchLane): Promise<void> {
  const { entry, wake, watch, signal } = carrying;
  const isOver = () => watch.current().run === entry.run && ENDED.has(watch.current().state);
  await watch.refresh();
  while (!signal.aborted && isOver() && !lane.settled()) await wake.wait(LOOK_MS);
  if (signal.aborted || !isOver()) return;
  await lane.close();
  await letGo(carrying);
}

/** The job needs no owner any more. */
export async function letGo({
  broker,
  jobs,
  entry,
}: Pick<Owning, "broker" | "jobs" | "entry">): Promise<void> {
  await editJob(broker, jobs, entry.id, (now) => {
    if (isPlan(now) || now.run !== entry.run || !now.settling) return undefined;
    const { settling: _, ...settled } = now;
    return settled;
  });
}
