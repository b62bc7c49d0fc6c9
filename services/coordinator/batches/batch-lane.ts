import { batchEndpoint } from "../../../shared/batch-lane/request-line.ts";
import { dropShardLines } from "../../../shared/batch-lane/shard-blob.ts";
import type { BatchSpec, RequestJob } from "../../../shared/contracts/job-entry.ts";
import { isSettled, type Shard } from "../../../shared/contracts/shard.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { writeBatchObjects } from "./batch-objects.ts";
import { totalsOf } from "./batch-totals.ts";
import { type JobShards, openJobShards } from "./job-shards.ts";
import { Throttle } from "./throttle.ts";

/**
 * A job's batches in the hands of its owner: their sums go into the progress entry, their list into the work folder,
 * and what is settled is taken away. Sums are always made anew from the entries, so that nothing is counted twice
 * however often an owner dies; a run's last sums are stored, marked as closed, before its entries go.
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
  const emptied = new Set<Shard["blob"]>();
  let listed = "";
  let saved = "";
  let reasksWaiting = 0;

  // What is read while it opens is told before there is anybody to hear it; all of it is summed up at the end.
  let onChange = () => {};
  const shards = await openJobShards(broker, store, entry, () => onChange());
  const ofRun = (run: number) => shards.all().filter((shard) => shard.run === run);
  const runs = () => [...new Set(shards.all().map(({ run }) => run))].sort((a, b) => a - b);

  const catchUp = async () => {
    await sum();
    for (const run of runs()) {
      if (run < entry.run && ofRun(run).every(isSettled)) await closeRun(run);
    }
    for (const shard of shards.all()) await dropLines(shard);
  };
  const sumUp = () => {
    for (const run of runs()) {
      const known = keeper.draft.batches.find((totals) => totals.run === run);
      if (run < entry.firstRun || known?.closed) continue;
      const discount = known?.discount ?? (entry.spec.dispatch.batch as BatchSpec).discount;
      const waiting = run === entry.run ? reasksWaiting : 0;
      const about = { discount, reasksWaiting: waiting, nowMs: Date.now() };
      const totals = totalsOf(run, ofRun(run), about);
      if (known) Object.assign(known, totals);
      else keeper.draft.batches.push(totals);
    }
  };
  const sum = async () => {
    sumUp();
    const now = JSON.stringify(keeper.draft.batches);
    if (now !== saved) await keeper.save();
    saved = now;
  };
  const closeRun = async (run: number) => {
    await sum();
    const totals = keeper.draft.batches.find((one) => one.run === run);
    if (totals && !totals.closed) {
      totals.closed = true;
      await keeper.save();
    }
    await shards.removeRun(run);
    await blobs.remove(`${entry.id}.${run}`);
  };
  /** Once no line of it can be sent any more; the rows' numbers are needed to count what comes late. */
  const dropLines = async (shard: Shard) => {
    if ((shard.openRows > 0 && !shard.closed) || emptied.has(shard.blob)) return;
    emptied.add(shard.blob);
    await dropShardLines(blobs, shard.blob, { carries: isReadFirst(entry.spec.dispatch) });
  };
  const list = async () => {
    const all = shards.all().filter(({ run }) => run >= entry.firstRun);
    const batches = all.flatMap(({ sends }) => sends.flatMap(({ batch }) => batch ?? []));
    const ids = batches.map(({ id, status }) => `${id} ${status}`).join();
    if (ids === listed || batches.length === 0) return;
    listed = ids;
    const { workFolder, dispatch } = entry.spec;
    await writeBatchObjects(workFolder, all, batchEndpoint(dispatch.batch));
  };

  const sums = new Throttle(SUM_EVERY_MS, catchUp, onFault);
  const lists = new Throttle(LIST_EVERY_MS, list, onFault);
  onChange = () => {
    options.onChange();
    sums.want();
    lists.want();
  };
  onChange();
  return {
    shards,
    showReasks: (waiting) => {
      if (waiting === reasksWaiting) return;
      reasksWaiting = waiting;
      sums.want();
    },
    sumUp,
    settled: () => shards.all().every(isSettled),
    earlierSettled: () => shards.all().every((shard) => shard.run >= entry.run || isSettled(shard)),
    close: async () => {
      await shards.refresh();
      await list();
      for (const run of runs()) if (ofRun(run).every(isSettled)) await closeRun(run);
    },
    stop: async () => {
      shards.stop();
      await Promise.all([sums.stop(), lists.stop()]);
    },
  };
}
