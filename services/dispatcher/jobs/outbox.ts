import { lineBytes } from "../../../shared/completions/result-line.ts";
import type { Reply, ReplyChunk } from "../../../shared/contracts/reply-chunk.ts";
import type { ResultChunk, RowResult } from "../../../shared/contracts/result-chunk.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import * as metrics from "../metrics.ts";
import { type RowTask, taskDone, taskUndone } from "./row-task.ts";

/** Results on their way to the broker: collected for a moment, sent together, and only then counted as done. */
export interface Outbox {
  add(task: RowTask, result: RowResult | Reply): void;
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
  publish(body: ResultChunk | ReplyChunk, traceparent: string | undefined): Promise<boolean>;
  /** Called after results were stored. */
  stored(): void;
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
  let tasks: RowTask[] = [];
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
    const sent = deliver(results, tasks, bytes).finally(() => {
      underWay.delete(sent);
      if (underWay.size === 0) send();
    });
    underWay.add(sent);
    lastSent = results.length;
    results = [];
    tasks = [];
    bytes = 0;
  };
  const deliver = async (batch: RowResult[], batchTasks: RowTask[], batchBytes: number) => {
    const { traceparent } = batchTasks[0]!.chunk;
    try {
      const stored = await ports.publish({ job, run, worker, results: batch, split: [] }, traceparent);
      if (stored) count(batch);
      for (const task of batchTasks) taskDone(task);
    } catch (error) {
      log().warn({ job, error: messageOf(error) }, "results could not be stored; their rows go back");
      for (const task of batchTasks) taskUndone(task);
    }
    unstored -= batchBytes;
    ports.stored();
  };

  return {
    add: (task, result) => {
      const size = lineBytes(result.line) + ("messages" in result ? lineBytes(result.messages) : 0);
      if (bytes + size > MOST_BYTES) send();
      tasks.push(task);
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

const outcomes = {
  done: metrics.rows.labels("done"),
  truncated: metrics.rows.labels("truncated"),
  failed: metrics.rows.labels("failed"),
};

function count(results: RowResult[]): void {
  let [done, truncated, failed] = [0, 0, 0];
  for (const { ok, truncated: cut } of results) {
    if (!ok) failed += 1;
    else if (cut) truncated += 1;
    else done += 1;
  }
  outcomes.done.inc(done);
  outcomes.truncated.inc(truncated);
  outcomes.failed.inc(failed);
}
