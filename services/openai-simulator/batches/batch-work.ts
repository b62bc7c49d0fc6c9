import type { Simulation } from "../simulation.ts";
import { answerLine } from "./batch-line.ts";
import { type Batch, type BatchStatus, type Ending, isFinal } from "./batch-object.ts";
import { dueLines, shuffledLines } from "./batch-plan.ts";
import { appendResult, flushResults, publishResults } from "./batch-results.ts";
import { type RequestLine, readingFrom } from "./check-input.ts";

/**
 * Takes a batch as far as its time has come, for about as long as until `sliceEndMs` (of the real clock); true where
 * work is left that is due.
 *
 * A batch goes from validating to in_progress or failed when its validation is over. While it is in progress, lines are
 * answered when they are due. When the last one is, or when the window ends, it is finalizing; lines that were not
 * answered by then go to the error file. The same happens to a batch that is cancelling. Times are those of the plan,
 * not those at which the work got done, so that they do not depend on the machine.
 */
export function step(simulation: Simulation, batch: Batch, sliceEndMs: number): boolean {
  const nowMs = simulation.clock.nowMs();
  if (batch.status === "validating") start(simulation, batch, nowMs);
  if (batch.status === "validating" || isFinal(batch)) return false;
  if (answerDue(simulation, batch, nowMs, sliceEndMs)) return true;
  batch.ending ??= endingOf(batch, nowMs);
  if (batch.ending === null) return false;
  if (batch.status === "in_progress") setStatus(simulation, batch, "finalizing", batch.ending.fromMs);
  if (writeRest(simulation, batch, batch.ending, sliceEndMs)) return true;
  if (nowMs >= batch.ending.atMs) end(simulation, batch, batch.ending);
  return false;
}

/** Ends validation if it is over. */
function start(simulation: Simulation, batch: Batch, nowMs: number): void {
  const { checked, plan } = batch;
  if (checked === null || nowMs < plan.validatedMs) return;
  const limit = simulation.settings.batchEnqueuedTokens;
  const enqueued = simulation.batches.enqueuedTokens(checked.model);
  if (checked.errors.length === 0 && limit > 0 && enqueued + checked.promptTokens > limit) {
    const message = `Enqueued token limit reached for ${checked.model} in organization org-simulator. Limit: ${limit.toLocaleString("en-US")} enqueued tokens. Try again when batches in progress have ended.`;
    checked.errors.push({ code: "token_limit_exceeded", message, line: null, param: null });
  }
  const status = checked.errors.length > 0 ? "failed" : "in_progress";
  setStatus(simulation, batch, status, plan.validatedMs);
  if (status === "in_progress") batch.order = shuffledLines(checked.lines.count, plan.random);
}

/** Answers the lines that are due; true where some are left. */
function answerDue(simulation: Simulation, batch: Batch, nowMs: number, sliceEndMs: number): boolean {
  if (batch.order === null) return false;
  const untilMs = Math.min(nowMs, batch.times.cancelling ?? Number.POSITIVE_INFINITY);
  const due = dueLines(batch.plan, batch.order.length, untilMs);
  if (batch.position < due) {
    readingFrom(batch.input, (file) => {
      do answerAt(simulation, batch, file, batch.order![batch.position++]!);
      while (batch.position < due && performance.now() < sliceEndMs);
    });
    flushResults(batch);
  }
  return batch.position < due;
}

function answerAt(simulation: Simulation, batch: Batch, file: number, line: number): void {
  const request = JSON.parse(batch.checked!.lines.read(file, line)) as RequestLine;
  const answer = answerLine(simulation, request);
  if (answer === null) {
    batch.stuck.push(line);
    return;
  }
  const { status, body, usage } = answer;
  const counters = simulation.tally.counters().batches;
  const isFailure = status !== 200;
  if (usage) counters.paidLines++;
  batch.usage.prompt += usage?.prompt ?? 0;
  batch.usage.completion += usage?.completion ?? 0;
  if (isFailure) counters.failedLines++;
  batch[isFailure ? "failed" : "completed"]++;
  const response = { status, body };
  appendResult(simulation, batch, isFailure ? "error" : "output", line, request.custom_id, response);
}

/** How the batch ends, if its time to end has come: with its last line, or with its window. */
function endingOf({ plan, position, stuck, order }: Batch, nowMs: number): Ending | null {
  const isDone = position === order?.length && stuck.length === 0;
  const lastMs = plan.validatedMs + plan.durationMs;
  if (isDone && lastMs <= plan.expiresMs) {
    return { status: "completed", fromMs: lastMs, atMs: lastMs + plan.finalizingMs, rest: null };
  }
  if (nowMs < plan.expiresMs) return null;
  const atMs = plan.expiresMs + plan.finalizingMs;
  return { status: "expired", fromMs: plan.expiresMs, atMs, rest: "batch_expired" };
}

const REST_MESSAGES = {
  batch_expired: "This request could not be executed before the completion window expired.",
  batch_cancelled: "This request was not executed, because the batch was cancelled.",
};

/** Writes the lines that were not answered to the error file; true where some are left. */
function writeRest(simulation: Simulation, batch: Batch, { rest }: Ending, sliceEndMs: number): boolean {
  const { order, checked, stuck } = batch;
  const isLeft = () => batch.position < (order?.length ?? 0) || stuck.length > 0;
  if (rest === null || !isLeft()) return false;
  const error = { code: rest, message: REST_MESSAGES[rest] };
  readingFrom(batch.input, (file) => {
    do {
      const line = stuck.pop() ?? order![batch.position++]!;
      const { custom_id } = JSON.parse(checked!.lines.read(file, line)) as RequestLine;
      appendResult(simulation, batch, "error", line, custom_id, error);
      simulation.tally.counters().batches.unfinishedLines++;
    } while (isLeft() && performance.now() < sliceEndMs);
  });
  flushResults(batch);
  return isLeft();
}

function end(simulation: Simulation, batch: Batch, { status, atMs }: Ending): void {
  publishResults(simulation, batch, atMs);
  setStatus(simulation, batch, status, atMs);
}

function setStatus({ tally }: Simulation, batch: Batch, status: BatchStatus, atMs: number): void {
  batch.status = status;
  batch.times[status] = atMs;
  if (!isFinal(batch)) return;
  const { ended } = tally.counters().batches;
  ended[status] = (ended[status] ?? 0) + 1;
}
