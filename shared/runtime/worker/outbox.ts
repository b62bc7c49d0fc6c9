import { lineBytes } from "../../completions/result-line.ts";
import type { Reply } from "../../contracts/reply-chunk.ts";
import type { ResultChunk, RowResult } from "../../contracts/result-chunk.ts";
import { messageOf } from "../../errors.ts";
import { log } from "../log.ts";
import { type RowInHand, rowDone, rowUndone } from "./chunk-in-hand.ts";

/** Results on their way to the broker: collected for a moment, sent together, and only then counted as done. */
export interface Outbox {
  add(row: RowInHand, result: RowResult | Reply): void;
  /** Of what was added and is not stored yet; of short lines a bound, not a count. */
  unstoredBytes(): number;
  /** Sends what is there, and waits until everything is stored. */
  flush(): Promise<void>;
}

export interface OutboxPorts {
  job: string;
  run: number;
  worker: string;
  /** Resolves when it is stored; false: nobody wants it any more. */
  publish(body: ResultChunk, traceparent: string | undefined): Promise<boolean>;
  /** Called with results that were stored. */
  onStored(results: RowResult[]): void;
  /** Called when some are no longer on their way. */
  onSettled(): void;
}

/** Messages, not bytes, bound what the broker carries, since it syncs each one (docs/decisions/009). */
const MOST_RESULTS = 500;
/** While nothing else is on its way, results wait only so long for company; else until that is stored, or LONGEST_MS. */
const SHORT_MS = 5;
const LONGEST_MS = 50;
/** Where results trickle, waiting spares nothing: an answer that is not stored is paid again if this process dies. */
const FEW = 4;
const AT_ONCE_MS = 1;
const MOST_BYTES = 1024 * 1024;

export function openOutbox(ports: OutboxPorts): Outbox {
  const { job, run, worker } = ports;
  const underWay = new Set<Promise<void>>();
  let rows: RowInHand[] = [];
  let results: RowResult[] = [];
  let bytes = 0;
  let unstored = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastSent = 0;

  const patienceMs = () => {
    if (underWay.size > 0) return LONGEST_MS;
    return lastSent <= FEW ? AT_ONCE_MS : SHORT_MS;
  };
  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    if (results.length === 0) return;
    const sent = deliver(results, rows, bytes).finally(() => {
      underWay.delete(sent);
      if (underWay.size === 0) send();
    });
    underWay.add(sent);
    lastSent = results.length;
    results = [];
    rows = [];
    bytes = 0;
  };
  const deliver = async (batch: RowResult[], batchRows: RowInHand[], batchBytes: number) => {
    const { traceparent } = batchRows[0]!.chunk;
    try {
      const stored = await ports.publish({ job, run, worker, results: batch, split: [] }, traceparent);
      if (stored) ports.onStored(batch);
      for (const row of batchRows) rowDone(row);
    } catch (error) {
      log().warn({ job, error: messageOf(error) }, "results could not be stored; their rows go back");
      for (const row of batchRows) rowUndone(row);
    }
    unstored -= batchBytes;
    ports.onSettled();
  };

  return {
    add: (row, result) => {
      const size = lineBytes(result.line) + ("messages" in result ? lineBytes(result.messages) : 0);
      if (bytes + size > MOST_BYTES) send();
      rows.push(row);
      results.push(result);
      bytes += size;
      unstored += size;
      if (results.length >= MOST_RESULTS || bytes > MOST_BYTES) send();
      else timer ??= setTimeout(send, patienceMs());
    },
    unstoredBytes: () => unstored,
    flush: async () => {
      send();
      while (underWay.size > 0) await Promise.all([...underWay]);
    },
  };
}
