import { dropShardLines } from "../../../shared/batch-lane/shard-blob.ts";
import type { BatchSpec, RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import { isSettled, type Shard } from "../../../shared/contracts/shard.ts";
import { isReadFirst } from "../../../shared/lanes.ts";
import type { Blobs } from "../../../shared/runtime/blobs.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { totalsOf } from "./batch-totals.ts";
import type { JobShards } from "./job-shards.ts";

/*
 * The sums of a job's batches, a run at a time. Sums are always made anew from the entries, so that nothing is counted twice
 * however often an owner dies.
 *
 * | a run's entries are | and become | when |
 * |---|---|---|
 * | open | summed up, again and again | a shard of it changes |
 * | open | closed | all of its shards are settled, and it is an earlier run or the job has ended: the last sums are stored, marked as closed |
 * | closed | gone | the sums are stored |
 */
export interface SumsOf {
  entry: RequestJob;
  shards: Pick<JobShards, "all" | "removeRun">;
  blobs: Blobs;
  keeper: ProgressKeeper;
  /** Rows of this run that wait to be asked again. */
  reasksWaiting: () => number;
}

export interface BatchSums {
  /** Brings the sums in the progress draft up to what the shards say now. */
  sumUp(): void;
  /** Stores the sums, closes earlier runs that are settled, and drops the lines that nobody sends any more. */
  catchUp(): Promise<void>;
  /** Closes every run that is settled. */
  closeSettled(): Promise<void>;
}

export function openBatchSums(of: SumsOf): BatchSums {
  const { entry, shards, blobs, keeper } = of;
  const emptied = new Set<Shard["blob"]>();
  let saved = "";
  const sumUp = () => enterSums(keeper.draft, entry, shards.all(), of.reasksWaiting());
  const save = async () => {
    sumUp();
    const now = JSON.stringify(keeper.draft.batches);
    if (now !== saved) await keeper.save();
    saved = now;
  };
  const close = async (run: number) => {
    await save();
    const totals = keeper.draft.batches.find((one) => one.run === run);
    if (totals && !totals.closed) {
      totals.closed = true;
      await keeper.save();
    }
    await shards.removeRun(run);
    await blobs.remove(`${entry.id}.${run}`);
  };
  /** The rows' numbers stay: they are needed to count what comes late. */
  const dropLines = async (shard: Shard) => {
    if (!isNeverSentAgain(shard) || emptied.has(shard.blob)) return;
    emptied.add(shard.blob);
    await dropShardLines(blobs, shard.blob, { carries: isReadFirst(entry.spec.dispatch) });
  };
  return {
    sumUp,
    catchUp: async () => {
      await save();
      for (const run of settledRuns(shards.all())) if (run < entry.run) await close(run);
      for (const shard of shards.all()) await dropLines(shard);
    },
    closeSettled: async () => {
      for (const run of settledRuns(shards.all())) await close(run);
    },
  };
}

/** Runs of which everything that was ever sent has ended, is kept and counted; earlier runs first. */
export function settledRuns(shards: readonly Shard[]): number[] {
  const open = new Set(shards.filter((shard) => !isSettled(shard)).map(({ run }) => run));
  return runsOf(shards).filter((run) => !open.has(run));
}

/** Once no line of it can be sent any more. */
function isNeverSentAgain({ openRows, closed }: Shard): boolean {
  return openRows === 0 || closed;
}

/** Runs before the first that counts, and those that are closed, stay as they are. */
function enterSums(
  draft: Pick<JobProgress, "batches">,
  entry: RequestJob,
  shards: readonly Shard[],
  reasksWaiting: number,
): void {
  for (const run of runsOf(shards)) {
    const known = draft.batches.find((totals) => totals.run === run);
    if (run < entry.firstRun || known?.closed) continue;
    const discount = known?.discount ?? (entry.spec.dispatch.batch as BatchSpec).discount;
    const waiting = run === entry.run ? reasksWaiting : 0;
    const ofRun = shards.filter((shard) => shard.run === run);
    const totals = totalsOf(run, ofRun, { discount, reasksWaiting: waiting, nowMs: Date.now() });
    if (known) Object.assign(known, totals);
    else draft.batches.push(totals);
  }
}

function runsOf(shards: readonly Shard[]): number[] {
  return [...new Set(shards.map(({ run }) => run))].sort((a, b) => a - b);
}
