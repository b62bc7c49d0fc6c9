import { batchEndpoint } from "../../../shared/batch-lane/request-line.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isSettled, type Shard } from "../../../shared/contracts/shard.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { writeBatchObjects } from "./batch-objects.ts";
import { openBatchSums } from "./batch-sums.ts";
import { type JobShards, openJobShards } from "./job-shards.ts";
import { Throttle } from "./throttle.ts";

/**
 * A job's batches in the hands of its owner: their sums go into the progress entry, their list into the work folder,
 * and what is settled is taken away.
 */
export interface BatchLane {
  readonly shards: JobShards;
  /** Says how many rows of this run wait to be asked again. */
  showReasks(waiting: number): void;
  /** Brings the sums in the progress draft up to what the shards say now. */
  sumUp(): void;
  /** Everything that was ever sent has ended, is kept and counted. */
  settled(): boolean;
  /** The same of earlier runs alone: what they still bring is not to be sent again. */
  earlierSettled(): boolean;
  /** Stores the last sums of settled runs and takes their entries away. Call when the job has ended. */
  close(): Promise<void>;
  /** Resolves when what was to be written is written. */
  stop(): Promise<void>;
}

export interface BatchLaneOptions {
  broker: Broker;
  store: Store<Shard>;
  blobs: Blobs;
  entry: RequestJob;
  keeper: ProgressKeeper;
  /** Something changed. */
  onChange: () => void;
  onFault: (error: unknown) => void;
}

const SUM_EVERY_MS = 250;
const LIST_EVERY_MS = 2_000;

export async function openBatchLane(options: BatchLaneOptions): Promise<BatchLane> {
  const { broker, store, blobs, entry, keeper, onFault } = options;
  let reasksWaiting = 0;

  // What is read while it opens is told before there is anybody to hear it; all of it is summed up at the end.
  let onChange = () => {};
  const shards = await openJobShards(broker, store, entry, () => onChange());
  const sums = openBatchSums({ entry, shards, blobs, keeper, reasksWaiting: () => reasksWaiting });
  const list = batchList(entry, shards);
  const summing = new Throttle(SUM_EVERY_MS, sums.catchUp, onFault);
  const listing = new Throttle(LIST_EVERY_MS, list, onFault);
  onChange = () => {
    options.onChange();
    summing.want();
    listing.want();
  };
  onChange();
  return {
    shards,
    showReasks: (waiting) => {
      if (waiting === reasksWaiting) return;
      reasksWaiting = waiting;
      summing.want();
    },
    sumUp: sums.sumUp,
    settled: () => shards.all().every(isSettled),
    earlierSettled: () => shards.all().every((shard) => shard.run >= entry.run || isSettled(shard)),
    close: async () => {
      await shards.refresh();
      await list();
      await sums.closeSettled();
    },
    stop: async () => {
      shards.stop();
      await Promise.all([summing.stop(), listing.stop()]);
    },
  };
}

/** Writes the list of the job's batches into its work folder where it differs from what stands there. */
function batchList(entry: RequestJob, shards: Pick<JobShards, "all">): () => Promise<void> {
  let listed = "";
  return async () => {
    const all = shards.all().filter(({ run }) => run >= entry.firstRun);
    const batches = all.flatMap(({ sends }) => sends.flatMap(({ batch }) => batch ?? []));
    const ids = batches.map(({ id, status }) => `${id} ${status}`).join();
    if (ids === listed || batches.length === 0) return;
    listed = ids;
    const { workFolder, dispatch } = entry.spec;
    await writeBatchObjects(workFolder, all, batchEndpoint(dispatch.batch));
  };
}
