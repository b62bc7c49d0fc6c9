import type { CompletionChunk } from "../../../shared/contracts/completion-chunk.ts";
import { patiently } from "../../../shared/runtime/patiently.ts";
import { publishDurably } from "../../../shared/runtime/publish.ts";
import { broadcast } from "../../../shared/runtime/requests.ts";
import { ensureWorker, ensureWorkQueue, lastSequence } from "../../../shared/runtime/streams.ts";
import { jobChanged } from "../../../shared/topology.ts";
import { rowsFed } from "../collecting/collector-metrics.ts";
import { type FeedPosition, positionAfter } from "./feed-position.ts";
import type { FeederOptions } from "./feeder-options.ts";
import type { PlannedChunk } from "./plan-chunks.ts";
import { nextPlan, type Plan, type Suspect } from "./plan-feeding.ts";
import { isStalled } from "./stall.ts";
import { openStartOver } from "./start-over.ts";

/**
 * Publishes the rows that have no outcome as work, in dataset order, and rows fed again alone. A plan of chunks is stored
 * first, then published with expected sequences; so a second feeder is refused, and after a crash the stream's last
 * sequence tells where to go on.
 */
const PUBLISHES_IN_FLIGHT = 16;
const FULL_WAIT_MS = 100;
const LOOK_AGAIN_MS = 1000;
const STALL_CHECK_MS = 5000;

/** Feeds until `signal` aborts. */
export async function feed(options: FeederOptions): Promise<void> {
  const { keeper, wake, signal } = options;
  let { position, seq } = await synchronize(options);
  let lookedAt = performance.now();
  const startOver = openStartOver(options);
  const suspect: Suspect = { row: undefined };
  while (!signal.aborted) {
    if (options.paused()) {
      await wake.wait(LOOK_AGAIN_MS);
      continue;
    }
    const plan = await nextPlan(options, position, suspect);
    if (plan.chunks.length === 0) {
      position = { row: plan.nextRow, ends: [], singles: [] };
      if (performance.now() - lookedAt > STALL_CHECK_MS) {
        lookedAt = performance.now();
        if (plan.atEnd && (await isStalled(options))) {
          startOver();
          position = { row: 0, ends: [], singles: [] };
        }
      }
      await wake.wait(LOOK_AGAIN_MS);
      continue;
    }
    keeper.draft.feed = { seq, from: position.row, ...stepsOf(plan) };
    const { singles } = keeper.draft.feed;
    keeper.draft.refeed = keeper.draft.refeed.filter((row) => !singles.includes(row));
    await keeper.save();
    const { stored, lost } = await publishPlan(options, plan, seq);
    ({ position, seq } = lost
      ? await synchronize(options)
      : { position: positionAfter(keeper.draft.feed, seq + stored), seq: seq + stored });
  }
}

function stepsOf({ chunks, single }: Plan): { ends: number[]; singles: number[] } {
  return single
    ? { ends: [], singles: chunks.map((chunk) => chunk.rows[0]!.row) }
    : { ends: chunks.map((chunk) => chunk.end), singles: [] };
}

/** Makes the work stream if it is not there, and finds where feeding stands. */
async function synchronize(options: FeederOptions): Promise<{ position: FeedPosition; seq: number }> {
  const { broker, entry, keeper } = options;
  const { chunks, worker } = options;
  const stream = chunks.stream(entry.id, entry.spec.dispatch.route);
  const subject = chunks.contract.subject(entry.id, entry.spec.dispatch.route);
  const seq = await patiently(broker, async () => {
    await ensureWorkQueue(broker, stream, subject, options.streamBytes);
    await ensureWorker(broker, stream, worker, options.ackWaitMs);
    return (await lastSequence(broker, stream)) ?? 0;
  });
  // Workers that heard of the job before its stream was there would look again only after a second.
  broadcast(broker, jobChanged(entry.id), {});
  return { position: positionAfter(keeper.draft.feed, seq), seq };
}

/** Publishes a plan; waits while the stream is full. `lost`: what is in the stream must be looked up. */
async function publishPlan(
  options: FeederOptions,
  plan: Plan,
  seq: number,
): Promise<{ stored: number; lost: boolean }> {
  let stored = 0;
  while (stored < plan.chunks.length && !options.signal.aborted && !options.paused()) {
    const fault = await publishFrom(options, plan, seq, stored, (more) => {
      stored += more;
    });
    if (fault === "full") await new Promise((resolve) => setTimeout(resolve, FULL_WAIT_MS));
    else if (fault !== undefined) return { stored, lost: true };
  }
  return { stored, lost: false };
}

/** Publishes in order, several under way; nothing after the first that is not stored, which is refused with it. */
async function publishFrom(
  options: FeederOptions,
  plan: Plan,
  seq: number,
  first: number,
  onStored: (chunks: number) => void,
): Promise<"full" | "lost" | undefined> {
  let next = first;
  let faultAt = plan.chunks.length;
  let fault: "full" | "lost" | undefined;
  const publishing = async () => {
    while (next < faultAt && !options.signal.aborted && !options.paused()) {
      const place = next++;
      const outcome = await publishChunk(options, plan.chunks[place]!, plan.single, seq + place);
      if (outcome === "stored" || place > faultAt) continue;
      faultAt = place;
      fault = outcome === "full" ? "full" : "lost";
    }
  };
  await Promise.all(Array.from({ length: PUBLISHES_IN_FLIGHT }, publishing));
  onStored(Math.min(faultAt, next) - first);
  return fault;
}

async function publishChunk(options: FeederOptions, chunk: PlannedChunk, single: boolean, lastSeq: number) {
  const { broker, entry } = options;
  const body: CompletionChunk = { job: entry.id, run: entry.run, single, rows: chunk.rows };
  const result = await publishDurably(
    broker,
    options.chunks.contract,
    [entry.id, entry.spec.dispatch.route],
    body,
    {
      lastSequence: lastSeq,
      traceparent: entry.traceparent,
    },
  );
  if (result.outcome === "stored") rowsFed.inc(chunk.rows.length);
  return result.outcome;
}
