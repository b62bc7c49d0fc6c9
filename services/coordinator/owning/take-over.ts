import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Store } from "../../../shared/runtime/store.ts";
import { recoverParts } from "../collecting/parts/part-reader.ts";
import { deleteJobStreams } from "../job/job-streams.ts";
import { ProgressKeeper } from "../job/progress-keeper.ts";
import { claimWorkFolder } from "../job/work-folder.ts";

/**
 * Writes the new owner into the progress entry, by compare-and-set, before anything is read: from then on commits and
 * feeding of an earlier owner fail. A new run starts feeding afresh and keeps the good results of the runs that count.
 */
export async function takeOver(
  broker: Broker,
  store: Store<JobProgress>,
  entry: RequestJob,
  owner: string,
): Promise<ProgressKeeper> {
  for (;;) {
    const held = await store.get(entry.id);
    if (held === undefined || held.value.run < entry.run) await claimWorkFolder(entry);
    const value =
      held === undefined ? await firstProgress(entry, owner) : nextProgress(held.value, entry, owner);
    const taken =
      held === undefined
        ? await store.create(entry.id, value)
        : await store.update(entry.id, value, held.revision);
    if (taken === undefined) continue;
    if (held !== undefined && held.value.run < entry.run)
      await deleteJobStreams(broker, entry, held.value.run);
    return new ProgressKeeper(store, entry.id, taken);
  }
}

function nextProgress(before: JobProgress, entry: RequestJob, owner: string): JobProgress {
  if (before.run === entry.run) return { ...before, owner };
  // An overwritten job starts in a work folder of its own.
  const kept = entry.firstRun === entry.run ? emptyProgress(entry, owner) : before;
  return { ...kept, owner, run: entry.run, ...startOfFeeding() };
}

/** The broker knows nothing of the job: a new one, or one whose broker's store is gone but whose paid results are here. */
async function firstProgress(entry: RequestJob, owner: string): Promise<JobProgress> {
  const parts = await recoverParts(entry.spec.workFolder, entry.firstRun);
  return { ...emptyProgress(entry, owner), parts };
}

function emptyProgress(entry: RequestJob, owner: string): JobProgress {
  return {
    owner,
    run: entry.run,
    rows: null,
    done: 0,
    failed: 0,
    truncated: 0,
    repeated: 0,
    promptTokens: 0,
    completionTokens: 0,
    batches: [],
    parts: [],
    activeMs: 0,
    ...startOfFeeding(),
  };
}

function startOfFeeding() {
  return { feed: { seq: 0, from: 0, ends: [], singles: [] }, collectedTo: 0, refeed: [] };
}
