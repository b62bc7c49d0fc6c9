import { isBrokenOff } from "../../shared/contracts/broken-off.ts";
import {
  CHUNK_BYTES,
  type ChunkRow,
  completionsWantedAgain,
} from "../../shared/contracts/completion-chunk.ts";
import { ENDED, type RequestJob } from "../../shared/contracts/job-entry.ts";
import { type ReaskRow, reasksWanted } from "../../shared/contracts/reask-chunk.ts";
import { type ReplyChunk, repliesMade } from "../../shared/contracts/reply-chunk.ts";
import { resultsMade } from "../../shared/contracts/result-chunk.ts";
import type { Broker } from "../../shared/runtime/broker.ts";
import { type PublishOptions, publishDurably, type Stored } from "../../shared/runtime/publish.ts";
import type { Store } from "../../shared/runtime/store.ts";
import { withSpan } from "../../shared/runtime/trace.ts";
import { consumeWork, type Work, type WorkMessage } from "../../shared/runtime/work.ts";
import { replyStream } from "../../shared/topology.ts";
import { readCarried } from "./carried.ts";
import { judgeReplies } from "./judge-replies.ts";

/** Messages in hand; each holds up to 1 MB of replies. */
const IN_HAND = 16;
const FRESH_MS = 1_000;
const FULL_MS = 100;

export interface JudgePorts {
  broker: Broker;
  store: Store<RequestJob>;
  replica: string;
  ackWaitMs: number;
}

/**
 * Reads the replies of one run of a job. Message ids follow from the reply message's own place in its stream, so that one
 * that comes again sends nothing twice; the collector and the row numbers guard what the broker has forgotten.
 */
export function openJudgeSession(ports: JudgePorts, entry: RequestJob): Work {
  const { broker, store } = ports;
  const { id, run } = entry;
  let current: RequestJob | undefined = entry;
  let readAtMs = performance.now();

  /** The entry, while the run's results count; of paused and broken off jobs too: what is paid for is read. */
  const standing = async (): Promise<RequestJob | undefined> => {
    if (performance.now() - readAtMs > FRESH_MS) {
      current = (await store.get(id))?.value;
      readAtMs = performance.now();
    }
    if (current === undefined || isBrokenOff(current, run)) return current;
    return current.run !== run || ENDED.has(current.state) ? undefined : current;
  };
  /** Waits while the stream is full. False: nobody wants it any more. */
  const send = async (publish: () => Promise<Stored>): Promise<boolean> => {
    for (;;) {
      const { outcome } = await publish();
      if (outcome === "stored") return true;
      if (outcome === "gone" || (await standing()) === undefined) return false;
      await new Promise((resolve) => setTimeout(resolve, FULL_MS));
    }
  };
  const handle = async ({ body, seq }: WorkMessage<ReplyChunk>, traceparent: string | undefined) => {
    const now = body.run === run ? await standing() : undefined;
    if (now === undefined) return;
    const { results, again } = judgeReplies(body, now.spec.asks);
    const options = (name: string): PublishOptions => ({
      msgId: `${id}/${run}/${name}/${seq}`,
      ...(traceparent === undefined ? {} : { traceparent }),
    });
    const { route, batch } = now.spec.dispatch;
    for (const [place, rows] of chunksOf(again).entries()) {
      const told = options(`again-${place}`);
      await send(() =>
        batch?.reaskLane === "batch"
          ? publishDurably(broker, reasksWanted, [id, run], { job: id, run, rows: rows.map(asReask) }, told)
          : publishDurably(
              broker,
              completionsWantedAgain,
              [id, route],
              { job: id, run, single: false, rows },
              told,
            ),
      );
    }
    if (results.length + body.split.length === 0) return;
    const judged = { job: id, run, worker: ports.replica, results, split: body.split };
    await send(() => publishDurably(broker, resultsMade, [id, run], judged, options("judged")));
  };

  return consumeWork<ReplyChunk>(broker, {
    contract: repliesMade,
    stream: replyStream(id, run),
    durable: "judge",
    concurrency: IN_HAND,
    ackWaitMs: ports.ackWaitMs,
    handle: (message) =>
      withSpan("judge replies", message.traceparent, { "assay.job": id }, (traceparent) =>
        handle(message, traceparent),
      ),
  });
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
