import { setTimeout as delay } from "node:timers/promises";
import { isBrokenOff } from "../../../shared/contracts/broken-off.ts";
import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import { ENDED } from "../../../shared/contracts/job-entry.ts";
import type { PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { pauseWorker, resumeWorker } from "../../../shared/runtime/streams.ts";
import { workStreamBytes } from "../../../shared/topology.ts";
import type { BatchLane } from "../batches/batch-lane.ts";
import { feedShards } from "../batches/shard-feeder.ts";
import { type Collector, collect } from "../collecting/collector.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import { feed } from "../feeding/feeder.ts";
import { openRowSource, type RowSource } from "../feeding/row-source.ts";
import { ensureJobStreams, workQueues } from "../job/job-streams.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { awaitLastResults } from "./last-results.ts";
import { type Carrying, halt } from "./owning.ts";
import { watchFailures } from "./watch-failures.ts";

const LOOK_FOR_BATCHES_MS = 2000;
const LOOK_MS = 20;
const AGAIN_MS = 250;

/** Feeds and collects until every row has a committed outcome, or somebody wants it otherwise. */
export async function makeResults(
  carrying: Carrying,
  rows: PreparedRows,
  ledger: ResultsLedger,
  lane: BatchLane | undefined,
): Promise<void> {
  const { broker, entry, keeper, wake, watch } = carrying;
  const streamBytes = workStreamBytes({ rows: rows.count, bytes: rows.bytes });
  await ensureJobStreams(broker, entry, streamBytes, carrying.ackWaitMs);
  const faults: unknown[] = [];
  const done = new AbortController();
  const signal = AbortSignal.any([carrying.signal, done.signal]);
  const onFault = (error: unknown) => {
    faults.push(error);
    done.abort();
    wake.notify();
  };
  const clock = openClock(keeper);
  const source = await openRowSource({
    entry,
    rows,
    ledger,
    keeper,
    current: watch.current,
    onBroke: (reason) => void halt(carrying, "paused", reason),
  });
  const failures = watchFailures(carrying, ledger);
  const collector = await collect({
    broker,
    entry,
    owner: carrying.owner,
    owns: () => carrying.lease.valid(),
    ackWaitMs: carrying.ackWaitMs,
    keeper,
    ledger,
    onFault,
    onCommit: (committed) => {
      carrying.faults.clear(entry.id);
      source.settle(committed);
      failures.add(committed);
      clock.tick();
      wake.notify();
    },
  });
  const feeding = feedRows(
    { ...carrying, signal },
    { source, streamBytes, ledger, lane, enter: collector.enter },
  ).catch(onFault);
  await untilSettled(carrying, ledger, lane, signal, () => failures.look(collector.inHand));
  done.abort();
  wake.notify();
  await feeding;
  const brokenOff = isBrokenOff(watch.current(), entry.run);
  if (brokenOff && faults.length === 0) await awaitLastResults(carrying, collector);
  // What was paid must not go with the stream: batches bring nothing again, and calls would be paid again.
  if ((lane !== undefined || brokenOff) && faults.length === 0 && !carrying.signal.aborted)
    await collector.readToEnd();
  await collector.stop();
  if (faults.length > 0) throw faults[0];
}

/** In chunks or in shards; what earlier batches still bring is waited for, so that it is not paid again. */
async function feedRows(
  carrying: Carrying,
  { source, streamBytes, ledger, lane, enter }: Feeding,
): Promise<void> {
  const { broker, entry, keeper, wake, watch, signal, ackWaitMs } = carrying;
  const paused = () => watch.current().state === "paused";
  const options = { broker, entry, keeper, ledger, rows: source, enter, wake, signal };
  const { chunks, worker } = laneOf(entry.spec.dispatch);
  if (chunks !== null) {
    while (lane !== undefined && !signal.aborted && !lane.earlierSettled())
      await wake.wait(LOOK_FOR_BATCHES_MS);
    return await feed({ ...options, streamBytes, ackWaitMs, paused, chunks, worker });
  }
  const { blobs } = carrying;
  const onBroke = (reason: HaltReason) => void halt(carrying, "paused", reason);
  await feedShards({ ...options, blobs, lane: lane!, current: watch.current, onBroke });
}

interface Feeding {
  source: RowSource;
  streamBytes: number;
  ledger: ResultsLedger;
  lane: BatchLane | undefined;
  enter: Collector["enter"];
}

async function untilSettled(
  carrying: Carrying,
  ledger: ResultsLedger,
  lane: BatchLane | undefined,
  signal: AbortSignal,
  look: () => void,
): Promise<void> {
  const { broker, entry, watch } = carrying;
  // Unknown at first: an earlier owner may have left it either way.
  let held: boolean | undefined;
  while (!signal.aborted && !ledger.complete && watch.current().run === entry.run) {
    const state = watch.current().state;
    // Batches that were paid are collected whatever becomes of the job.
    if (ENDED.has(state) && (lane === undefined || lane.settled())) return;
    look();
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
