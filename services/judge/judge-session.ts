import {
  CHUNK_BYTES,
  type ChunkRow,
  completionsWantedAgain,
} from "../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../shared/contracts/job-entry.ts";
import { type ReaskRow, reasksWanted } from "../../shared/contracts/reask-chunk.ts";
import { type ReplyChunk, repliesMade } from "../../shared/contracts/reply-chunk.ts";
import { resultsMade } from "../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { withSpan } from "../../shared/runtime/process/trace.ts";
import { consumeWork, type WorkMessage } from "../../shared/runtime/pulling/work.ts";
import type { Held, Store } from "../../shared/runtime/store.ts";
import type { Session } from "../../shared/runtime/worker/discovery.ts";
import { watchEntry } from "../../shared/runtime/worker/entry-watch.ts";
import { publishUntilStored, type UntilStored } from "../../shared/runtime/worker/publish-until-stored.ts";
import { type RunStanding, runStanding } from "../../shared/runtime/worker/run-standing.ts";
import { replyStream } from "../../shared/topology.ts";
import { readCarried } from "./carried.ts";
import { judgeReplies } from "./judge-replies.ts";

/** Messages in hand; each holds up to 1 MB of replies. */
const IN_HAND = 16;

/** Whether replies of a run are read, as it stands: of paused and broken off jobs too, since they are paid for. */
const READS: Record<RunStanding, boolean> = {
  none: false,
  ahead: true,
  overwritten: false,
  superseded: true,
  queued: true,
  running: true,
  paused: true,
  exporting: true,
  stopped: true,
  completed: false,
};

export interface JudgePorts {
  broker: Broker;
  store: Store<RequestJob>;
  service: string;
  replica: string;
  ackWaitMs: number;
}

/**
 * Reads the replies of one run of a job. Message ids follow from the reply message's own place in its stream, so that one
 * that comes again sends nothing twice; the collector and the row numbers guard what the broker has forgotten.
 */
export function openJudgeSession(ports: JudgePorts, held: Held<RequestJob>): Session {
  const { broker, store, service, ackWaitMs } = ports;
  const { id, run } = held.value;
  const watch = watchEntry({ broker, store, job: id, held });
  /** The entry, while replies of the run are read. */
  const standing = async () => {
    const now = (await watch.fresh())?.value;
    return READS[runStanding(now, run)] ? now : undefined;
  };
  const work = consumeWork<ReplyChunk>(broker, {
    contract: repliesMade,
    stream: replyStream(id, run),
    durable: service,
    concurrency: IN_HAND,
    ackWaitMs,
    handle: (message) =>
      withSpan("judge replies", message.traceparent, { "assay.job": id }, async (traceparent) => {
        const now = message.body.run === run ? await standing() : undefined;
        if (now !== undefined) await judgeMessage(ports, now, message, { traceparent, standing });
      }),
  });
  void work.ended.then(watch.stop);
  return { ending: work.ended, closed: work.ended, haltedAt: undefined, close: () => work.stop() };
}

/** Sends on what the replies of a message give. */
async function judgeMessage(
  { broker, replica }: JudgePorts,
  { id, spec }: RequestJob,
  { body, seq }: WorkMessage<ReplyChunk>,
  told: { traceparent: string | undefined; standing: () => Promise<unknown> },
): Promise<void> {
  const { results, again } = judgeReplies(body, spec.asks);
  const options = (name: string): UntilStored => ({
    msgId: `${id}/${body.run}/${name}/${seq}`,
    ...(told.traceparent === undefined ? {} : { traceparent: told.traceparent }),
    wanted: async () => (await told.standing()) !== undefined,
  });
  const { route, batch } = spec.dispatch;
  for (const [place, rows] of chunksOf(again).entries()) {
    const named = options(`again-${place}`);
    if (batch?.reaskLane === "batch") {
      const reasks = { job: id, run: body.run, rows: rows.map(asReask) };
      await publishUntilStored(broker, reasksWanted, [id, body.run], reasks, named);
    } else {
      const chunk = { job: id, run: body.run, single: false, rows };
      await publishUntilStored(broker, completionsWantedAgain, [id, route], chunk, named);
    }
  }
  if (results.length + body.split.length === 0) return;
  const judged = { job: id, run: body.run, worker: replica, results, split: body.split };
  await publishUntilStored(broker, resultsMade, [id, body.run], judged, options("judged"));
}

function asReask({ row, messages, carry = "" }: ChunkRow): ReaskRow {
  return { row, messages, carry, ask: readCarried(carry)?.asks ?? 1 };
}

const MOST_ROWS = 50;

function chunksOf(rows: ChunkRow[]): ChunkRow[][] {
  const chunks: ChunkRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const size = Buffer.byteLength(row.messages);
    if (bytes + size > CHUNK_BYTES || chunks.at(-1)!.length >= MOST_ROWS) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(row);
    bytes += size;
  }
  return chunks;
}
