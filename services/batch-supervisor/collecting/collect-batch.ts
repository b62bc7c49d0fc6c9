import { hash } from "node:crypto";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { requestLines } from "../../../shared/batch-lane/request-line.ts";
import { readShardRows } from "../../../shared/batch-lane/shard-blob.ts";
import { failedResult } from "../../../shared/completions/result-line.ts";
import { lastWord } from "../../../shared/completions/verdict.ts";
import { isReadFirst, readerOf } from "../../../shared/lanes.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { Standing } from "../choosing/standing.ts";
import * as metrics from "../metrics.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";
import { afterCollection, leftOver } from "./after-collection.ts";
import { type Collected, collectSend, emptyCollected } from "./collect-send.ts";
import type { HaltFault, LineContext } from "./line-outcome.ts";
import { type OutcomePublisher, openPublisher } from "./publish-outcomes.ts";
import { openRequestTexts, type RequestTexts } from "./request-texts.ts";
import { RowPlaces } from "./row-places.ts";

export interface ToCollect extends Work {
  standing: Standing;
  /** A file that holds fewer lines than it should is believed. */
  believeShort: boolean;
  /** Files that cannot be had are done without. */
  believeMissing: boolean;
}

/** What became of rows before any file was read: those of a batch that failed as a whole. */
export interface Refused {
  /** Rows that the provider takes in no batch, with its words. */
  lines: Map<number, { reason: string; message: string }>;
  /** Why the others were not answered. */
  message: string | undefined;
}

/**
 * polled -> collected: keeps what the batch has done, counts what it cost, and sends again what is left, or says that it
 * failed where that was the last time.
 * @returns why the job must halt, if so
 */
export async function collectBatch(
  context: RouteContext,
  work: ToCollect,
  refused: Refused | undefined,
): Promise<HaltFault | undefined> {
  const { routeShards, blobs, signal } = context;
  const { key, shard, send, entry, standing } = work;
  const places = new RowPlaces(await readShardRows(blobs, shard.blob));
  await using stack = new AsyncDisposableStack();
  // Where no row wants an outcome any more only what was paid counts.
  const publishes = shard.openRows > 0 && (standing.results === "all" || standing.results === "answers");
  const judged = publishes && isReadFirst(entry.spec.dispatch);
  const requests = requestLines(entry.spec.dispatch);
  const texts = judged ? stack.use(await openRequestTexts(blobs, shard.blob, requests, signal)) : undefined;
  const publisher = publishes ? (file: string) => publisherOf(context, work, file, texts) : undefined;
  const collected = refused
    ? emptyCollected(shard.rows)
    : await collectSend({
        api: work.account.api,
        shard,
        send,
        batch: send.batch!,
        places,
        context: contextOf(work),
        publisher,
        answersOnly: standing.results === "answers",
        believeShort: work.believeShort,
        believeMissing: work.believeMissing,
        signal,
      });
  const again = await settleLeftOver(work, { collected, refused, places, publisher });
  const close = standing.cancel && standing.results !== "later";
  const after = await routeShards.edit(key, (now) => afterCollection(now, send, collected, { again, close }));
  if (after !== undefined) count(context, work, collected, again.size);
  return standing.submit ? collected.halt : undefined;
}

/** Rows that no other send brings: they fail where they were sent often enough. @returns those to be sent again */
async function settleLeftOver(
  { shard, send, entry, standing }: ToCollect,
  {
    collected,
    refused,
    places,
    publisher,
  }: {
    collected: Collected;
    refused: Refused | undefined;
    places: RowPlaces;
    publisher: ((name: string) => OutcomePublisher) | undefined;
  },
): Promise<LineSet> {
  const left = leftOver(shard, send, collected.settled);
  if (send.kind === "duplicate" || standing.results !== "all" || publisher === undefined) {
    return send.kind === "duplicate" ? LineSet.none(shard.rows) : left;
  }
  const isLast = send.attempt >= entry.spec.dispatch.maxAttempts && collected.halt === undefined;
  const none = { promptTokens: 0, completionTokens: 0 };
  // Other lines, other messages: equal ids must not hide rows that another message did not hold.
  const out = publisher(`left-${hash("sha256", left.toText() ?? "all").slice(0, 16)}`);
  for (const place of left) {
    const hopeless = refused?.lines.get(place);
    if (hopeless === undefined && !isLast) continue;
    const fault = hopeless ?? collected.left.get(place) ?? unanswered(send.batch?.status, refused?.message);
    const message = hopeless === undefined ? lastWord(fault, send.attempt) : fault.message;
    await out.add(place, failedResult(places.rowAt(place), fault.reason, message, send.attempt, none), true);
    collected.settled.add(place);
    collected.failed += 1;
  }
  await out.flush();
  return left.without(collected.settled);
}

function unanswered(status = "over", message?: string): { reason: string; message: string } {
  const sentence = `Its batch is ${status}, and it was not answered.`;
  return { reason: `batch_${status}`, message: message ?? sentence };
}

function contextOf({ send, entry, account: { provider } }: Work): LineContext {
  const { maxAttempts, budgeted, invalidFinishReasons, request } = entry.spec.dispatch;
  const model = String(request.model);
  return { attempt: send.attempt, maxAttempts, budgeted, invalidFinishReasons, model, provider };
}

function publisherOf(
  { broker, replica, signal }: RouteContext,
  { key, send, entry }: Work,
  file: string,
  texts: RequestTexts | undefined,
): OutcomePublisher {
  const { id: job, run, traceparent } = entry;
  const idPrefix = `${key}/${send.number}/${send.batch!.id}/${file}`;
  const { attempt } = send;
  const reader = readerOf(entry.spec.dispatch);
  const to = { broker, job, run, worker: replica, reader, idPrefix, traceparent, attempt, texts, signal };
  return openPublisher(to);
}

function count({ route }: RouteContext, { send, shard }: Work, collected: Collected, again: number): void {
  const { batch, sentAtMs, endedAtMs } = send;
  metrics.batchesEnded.labels(route, batch!.status).inc();
  if (sentAtMs !== null && endedAtMs !== null) {
    metrics.batchSeconds.labels(route).observe((endedAtMs - sentAtMs) / 1000);
  }
  for (const outcome of ["done", "failed", "late"] as const) {
    metrics.batchRows.labels(route, outcome).inc(collected[outcome]);
  }
  metrics.batchRows.labels(route, "again").inc(again);
  metrics.batchTokens.labels(route, "prompt").inc(collected.promptTokens);
  metrics.batchTokens.labels(route, "completion").inc(collected.completionTokens);
  const { done, failed, late, unknown } = collected;
  const facts = { job: shard.job, shard: shard.shard, batch: batch!.id, status: batch!.status };
  log().info({ ...facts, done, failed, late, again }, "a batch was collected");
  if (unknown > 0)
    log().warn({ ...facts, unknown }, "result lines that belong to no row of the batch were left out");
}
