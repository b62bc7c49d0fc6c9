import { failedResult } from "../../../shared/completions/result-line.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import { rowUndone } from "../../../shared/runtime/worker/chunk-in-hand.ts";
import type { RowTask } from "../jobs/row-task.ts";
import type { RouteJob } from "./route-job.ts";
import type { RouteState } from "./route-state.ts";

// Where a row of a route goes: to its result, into the queue, to wait, or back to where it came from. A job that is
// closing takes no row into the queue any more: its rows go back.

export function finish(job: RouteJob, task: RowTask, result: RowResult): void {
  job.unfinished -= 1;
  job.finished(task, result);
  task.messages = "";
}

export function fail(job: RouteJob, task: RowTask, reason: string, message: string): void {
  finish(job, task, failedResult(task.row, reason, message, task.attempts, task.used));
}

/** Before all others of its job. */
export function putFirst({ queue }: RouteState, job: RouteJob, task: RowTask): void {
  if (job.closing) giveUp(job, task);
  else queue.pushFront(job.id, job.spec.priority, task);
}

export function putFirstLater(state: RouteState, job: RouteJob, task: RowTask, waitMs: number): void {
  if (job.closing) {
    giveUp(job, task);
    return;
  }
  const timer = setTimeout(() => {
    state.waiting.delete(task);
    putFirst(state, job, task);
    state.pump();
  }, waitMs);
  state.waiting.set(task, { job, timer });
}

/** Takes out the job's rows that have no open call. */
export function takeBack({ queue, waiting }: RouteState, job: RouteJob): RowTask[] {
  const tasks = queue.remove(job.id);
  for (const [task, entry] of waiting) {
    if (entry.job !== job) continue;
    clearTimeout(entry.timer);
    waiting.delete(task);
    tasks.push(task);
  }
  job.unfinished -= tasks.length;
  return tasks;
}

function giveUp(job: RouteJob, task: RowTask): void {
  job.unfinished -= 1;
  rowUndone(task);
}
