import { setTimeout as delay } from "node:timers/promises";
import { ENDED, type RequestJob } from "../../../shared/contracts/job-entry.ts";
import { EXIT, messageOf, UserError } from "../../../shared/errors.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { log } from "../../../shared/runtime/log.ts";
import { isPassing } from "../../../shared/runtime/patiently.ts";
import { Wake } from "../../../shared/timing/wake.ts";
import type { BatchLane } from "../batches/batch-lane.ts";
import { loadLedger, type ResultsLedger } from "../collecting/results-ledger.ts";
import { exportInChild } from "../exporting/export-in-child.ts";
import { editJob } from "../job/edit-job.ts";
import { endedEntry } from "../job/end-job.ts";
import { deleteJobStreams } from "../job/job-streams.ts";
import { OwnershipLost } from "../job/progress-keeper.ts";
import { watchEntry } from "./entry-watch.ts";
import { makeResults } from "./make-results.ts";
import { type Carrying, halt, type Owning } from "./owning.ts";
import { prepareRows } from "./prepare-rows.ts";
import { batchLaneOf, letGo, settleLane } from "./settle-lane.ts";
import { takeOver } from "./take-over.ts";

const AGAIN_MS = 1000;

/**
 * A job's life in the hands of its owner: take over, prepare the rows, feed and collect until every row has an outcome,
 * export, end. It can be left at any point, by a crash, a lost lease or a stop: the next owner goes on from what is
 * committed.
 *
 * Resolves when the job ended or this process no longer owns it.
 */
export async function ownJob(owning: Owning): Promise<void> {
  const { broker, entry, lease } = owning;
  const owner = `${owning.replica}-${lease.term}`;
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, lease.signal, owning.stopping]);
  const wake = new Wake();
  const watch = watchEntry(owning, wake, signal);
  signal.addEventListener("abort", () => wake.notify(), { once: true });
  try {
    const keeper = await takeOver(broker, owning.progress, entry, owner);
    log().info({ job: entry.id, owner, run: entry.run }, "owning the job");
    await carryThrough({ ...owning, owner, keeper, wake, watch, signal });
    if (lease.signal.aborted) throw new OwnershipLost("another coordinator holds the lease");
  } catch (error) {
    await settleFault(owning, error);
  } finally {
    leaving.abort();
    watch.stop();
    await lease.release();
  }
}

async function carryThrough(carrying: Carrying): Promise<void> {
  const { entry, signal } = carrying;
  const lane = await batchLaneOf(carrying);
  try {
    if (!(ENDED.has(entry.state) && lane?.settled())) await throughRows(carrying, lane);
    if (signal.aborted) return;
    if (lane !== undefined) await settleLane(carrying, lane);
    else if (ENDED.has(carrying.watch.current().state)) await letGo(carrying);
  } finally {
    await lane?.stop();
  }
}

async function throughRows(carrying: Carrying, lane: BatchLane | undefined): Promise<void> {
  const { broker, entry, keeper, signal } = carrying;
  const rows = await prepareRows(entry, carrying.hub, signal);
  try {
    const { ledger, totals } = await loadLedger(entry.spec.workFolder, keeper.draft, rows.count);
    Object.assign(keeper.draft, { rows: rows.count, done: ledger.done.size, failed: ledger.failed.size });
    if (keeper.draft.promptTokens === 0) Object.assign(keeper.draft, totals);
    await keeper.save();
    if (!ledger.complete) await makeResults(carrying, rows, ledger, lane);
    const now = carrying.watch.current();
    if (now.state === "cancelled" || now.state === "failed") await deleteJobStreams(broker, entry);
    if (signal.aborted || !ledger.complete || now.run !== entry.run || ENDED.has(now.state)) return;
    await finish(carrying, ledger);
  } finally {
    await rows[Symbol.asyncDispose]();
  }
}

async function finish(carrying: Carrying, ledger: ResultsLedger): Promise<void> {
  const { broker, jobs, entry, keeper } = carrying;
  Object.assign(keeper.draft, { done: ledger.done.size, failed: ledger.failed.size });
  await keeper.save();
  await moveTo(carrying, "exporting");
  const latest = carrying.watch.current();
  await exportInChild(latest, keeper.draft, { partial: false, signal: carrying.signal });
  if (!carrying.lease.valid()) throw new OwnershipLost("the lease ran out while exporting");
  const state = ledger.failed.size > 0 ? "completed_with_errors" : "completed";
  await editJob(broker, jobs, entry.id, (now) =>
    now.run === entry.run && !ENDED.has(now.state) ? endedEntry(now, state, null) : undefined,
  );
  await deleteJobStreams(broker, entry);
  log().info({ job: entry.id, done: ledger.done.size, failed: ledger.failed.size }, state);
}

async function moveTo(carrying: Carrying, state: RequestJob["state"]): Promise<void> {
  const { broker, jobs, entry } = carrying;
  await editJob(broker, jobs, entry.id, (now) =>
    now.run === entry.run && !ENDED.has(now.state) ? { ...now, state } : undefined,
  );
}

/** A fault of the user's making stops the job with its sentence; of anything else the next owner tries again. */
async function settleFault(owning: Owning, error: unknown): Promise<void> {
  if (error instanceof OwnershipLost || owning.stopping.aborted || owning.lease.signal.aborted) {
    log().warn({ job: owning.entry.id, why: messageOf(error) }, "no longer owning the job");
    return;
  }
  if (error instanceof UserError) {
    const bad = error.exitCode === EXIT.badInput && !/cannot be written/.test(error.message);
    await halt(owning, bad ? "failed" : "paused", {
      code: bad ? "bad_input" : /cannot be written|no space/i.test(error.message) ? "disk" : "unavailable",
      message: error.message,
    });
    const byCalls = !laneOf(owning.entry.spec.dispatch).hasBatches;
    if (bad && byCalls) await deleteJobStreams(owning.broker, owning.entry);
    // Whoever takes up what it still brings meets the same fault.
    if ((bad && byCalls) || ENDED.has(owning.entry.state)) await letGo(owning);
    return;
  }
  log().error({ err: error, job: owning.entry.id }, "owning the job failed; it is taken up again");
  await delay(AGAIN_MS);
  if (isPassing(error) || !owning.faults.add(owning.entry.id)) return;
  await halt(owning, "paused", {
    code: "fault",
    message: `Assay fails at this job again and again (${messageOf(error)}): "assay logs coordinator" says more, and "assay resume ${owning.entry.id}" tries once more.`,
  });
}
