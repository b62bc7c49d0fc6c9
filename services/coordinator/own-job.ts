import { setTimeout as delay } from "node:timers/promises";
import type { HaltReason } from "../../shared/contracts/collector-questions.ts";
import { ENDED, isPlan, type JobEntry, type RequestJob } from "../../shared/contracts/job-entry.ts";
import type { JobProgress } from "../../shared/contracts/job-progress.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";
import type { HubAccess } from "../../shared/datasets/hub-access.ts";
import type { PreparedRows } from "../../shared/datasets/prepared-rows.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import type { Lease } from "../../shared/runtime/lease.ts";
import { log } from "../../shared/runtime/log.ts";
import { isPassing } from "../../shared/runtime/patiently.ts";
import { onBroadcast } from "../../shared/runtime/requests.ts";
import type { Store } from "../../shared/runtime/store.ts";
import { pauseWorker, resumeWorker } from "../../shared/runtime/streams.ts";
import { jobChanged } from "../../shared/topology.ts";
import { collect } from "./collector.ts";
import { editJob } from "./edit-job.ts";
import { exportInChild } from "./export-in-child.ts";
import { FailureWatch } from "./failure-watch.ts";
import { feed } from "./feeder.ts";
import { deleteJobStreams, ensureJobStreams, workQueues } from "./job-streams.ts";
import { prepareRows } from "./prepare-rows.ts";
import { OwnershipLost, type ProgressKeeper } from "./progress-keeper.ts";
import type { RepeatedFaults } from "./repeated-faults.ts";
import { loadLedger, type ResultsLedger } from "./results-ledger.ts";
import { openRowSource } from "./row-source.ts";
import { takeOver } from "./take-over.ts";
import { Wake } from "./wake.ts";

/**
 * A job's life in the hands of its owner: take over, prepare the rows, feed and collect until every row has an outcome,
 * export, end. It can be left at any point, by a crash, a lost lease or a stop: the next owner goes on from what is
 * committed.
 */
export interface Owning {
  broker: Broker;
  jobs: Store<JobEntry>;
  progress: Store<JobProgress>;
  entry: RequestJob;
  lease: Lease;
  replica: string;
  ackWaitMs: number;
  hub: HubAccess;
  faults: RepeatedFaults;
  /** Aborts when this process stops. */
  stopping: AbortSignal;
}

const ENTRY_LOOK_MS = 2000;
const LOOK_MS = 20;
const AGAIN_MS = 250;
/** After a cancel, results of calls that were about to end are still taken in. */
const CANCEL_GRACE_MS = 1500;

/** Resolves when the job ended or this process no longer owns it. */
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

interface Carrying extends Owning {
  owner: string;
  keeper: ProgressKeeper;
  wake: Wake;
  watch: EntryWatch;
  signal: AbortSignal;
}

async function carryThrough(carrying: Carrying): Promise<void> {
  const { broker, entry, keeper, signal } = carrying;
  const rows = await prepareRows(entry, carrying.hub, signal);
  try {
    const { ledger, totals } = await loadLedger(entry.spec.workFolder, keeper.draft, rows.count);
    Object.assign(keeper.draft, { rows: rows.count, done: ledger.done.size, failed: ledger.failed.size });
    if (keeper.draft.promptTokens === 0) Object.assign(keeper.draft, totals);
    await keeper.save();
    if (!ledger.complete) await makeResults(carrying, rows, ledger);
    const now = carrying.watch.current();
    if (now.state === "cancelled" || now.state === "failed") await deleteJobStreams(broker, entry);
    if (signal.aborted || !ledger.complete || now.run !== entry.run || ENDED.has(now.state)) return;
    await finish(carrying, ledger);
  } finally {
    await rows[Symbol.asyncDispose]();
  }
}

/** Feeds and collects until every row has a committed outcome, or somebody wants it otherwise. */
async function makeResults(carrying: Carrying, rows: PreparedRows, ledger: ResultsLedger): Promise<void> {
  const { broker, entry, keeper, wake, watch } = carrying;
  await ensureJobStreams(broker, entry, carrying.ackWaitMs);
  const faults: unknown[] = [];
  const done = new AbortController();
  const signal = AbortSignal.any([carrying.signal, done.signal]);
  const clock = openClock(keeper);
  const source = await openRowSource({
    entry,
    rows,
    ledger,
    keeper,
    current: watch.current,
    onBroke: (reason) => void halt(carrying, "paused", reason),
  });
  const watchFailures = failureWatch(carrying);
  const collector = await collect({
    broker,
    entry,
    owner: carrying.owner,
    owns: () => carrying.lease.valid(),
    ackWaitMs: carrying.ackWaitMs,
    keeper,
    ledger,
    onFault: (error) => {
      faults.push(error);
      done.abort();
      wake.notify();
    },
    onCommit: (committed) => {
      carrying.faults.clear(entry.id);
      source.settle(committed);
      watchFailures(committed);
      clock.tick();
      wake.notify();
    },
  });
  const paused = () => watch.current().state === "paused";
  const feeding = feed({
    broker,
    entry,
    keeper,
    ledger,
    rows: source,
    enter: collector.enter,
    ackWaitMs: carrying.ackWaitMs,
    wake,
    signal,
    paused,
  }).catch((error: unknown) => {
    faults.push(error);
    done.abort();
  });
  await untilSettled(carrying, ledger, signal);
  done.abort();
  wake.notify();
  await feeding;
  if (watch.current().state === "cancelled") await delay(CANCEL_GRACE_MS);
  await collector.stop();
  if (faults.length > 0) throw faults[0];
}

/** Pauses the job when too many of its rows fail; what fails after it was resumed counts anew. */
function failureWatch(carrying: Carrying): (committed: RowResult[]) => void {
  let failures = new FailureWatch(carrying.entry.id);
  return (committed) => {
    const { state, spec } = carrying.watch.current();
    if (state !== "running") failures = new FailureWatch(carrying.entry.id);
    if (state !== "running" || spec.maxFailureRate === null) return;
    const reason = failures.add(committed, spec.maxFailureRate);
    if (reason === undefined) return;
    failures = new FailureWatch(carrying.entry.id);
    void halt(carrying, "paused", reason);
  };
}

async function untilSettled(carrying: Carrying, ledger: ResultsLedger, signal: AbortSignal): Promise<void> {
  const { broker, entry, watch } = carrying;
  // Unknown at first: an earlier owner may have left it either way.
  let held: boolean | undefined;
  while (!signal.aborted && !ledger.complete && watch.current().run === entry.run) {
    const state = watch.current().state;
    if (ENDED.has(state)) return;
    const hold = state === "paused";
    let waitMs = LOOK_MS;
    if (hold !== held) {
      try {
        for (const { stream, durable } of workQueues(entry))
          await (hold ? pauseWorker : resumeWorker)(broker, stream, durable);
        held = hold;
      } catch {
        // The consumer is not made yet, or the broker is away.
        waitMs = AGAIN_MS;
      }
    }
    await delay(waitMs, undefined, { signal }).catch(() => {});
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
    now.run === entry.run && !ENDED.has(now.state)
      ? { ...now, state, reason: null, endedAt: new Date().toISOString() }
      : undefined,
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

async function halt(owning: Owning, state: "paused" | "failed", reason: HaltReason): Promise<void> {
  await editJob(owning.broker, owning.jobs, owning.entry.id, (now) =>
    now.run === owning.entry.run && !ENDED.has(now.state)
      ? { ...now, state, reason, endedAt: state === "failed" ? new Date().toISOString() : null }
      : undefined,
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
    if (bad) await deleteJobStreams(owning.broker, owning.entry);
    return;
  }
  log().error({ err: error, job: owning.entry.id }, "owning the job failed; it is taken up again");
  if (isPassing(error) || !owning.faults.add(owning.entry.id)) return await delay(1000);
  await halt(owning, "paused", {
    code: "fault",
    message: `Assay fails at this job again and again (${messageOf(error)}): "assay logs coordinator" says more, and "assay resume ${owning.entry.id}" tries once more.`,
  });
}

interface EntryWatch {
  /** The entry as last read. */
  current: () => RequestJob;
  stop: () => void;
}

function watchEntry(owning: Owning, wake: Wake, signal: AbortSignal): EntryWatch {
  let entry = owning.entry;
  const look = async () => {
    const held = await owning.jobs.get(owning.entry.id);
    if (held === undefined) entry = { ...entry, state: "cancelled" };
    else if (!isPlan(held.value)) entry = held.value;
    wake.notify();
  };
  const lookSafely = () =>
    void look().catch((error: unknown) => log().warn({ err: error }, "reading the job failed"));
  const events = onBroadcast(owning.broker, jobChanged(owning.entry.id), lookSafely);
  const timer = setInterval(lookSafely, ENTRY_LOOK_MS);
  const stop = () => {
    events.stop();
    clearInterval(timer);
  };
  signal.addEventListener("abort", stop, { once: true });
  return { current: () => entry, stop };
}

/** Adds the time that passes to the job's own. */
function openClock(keeper: ProgressKeeper): { tick(): void } {
  let last = performance.now();
  return {
    tick() {
      const now = performance.now();
      keeper.draft.activeMs += now - last;
      last = now;
    },
  };
}
