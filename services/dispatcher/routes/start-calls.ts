import { hasMedia } from "../../../shared/annotators/cost/tokens.ts";
import { goodResult } from "../../../shared/completions/result-line.ts";
import { NO_DEMAND } from "../budget/held-budget.ts";
import { tooManyBytes, tooManyTokens } from "../budget/refusals.ts";
import { expectedCompletion } from "../budget/reservation.ts";
import { add, perMinute } from "../budget/rolling-sum.ts";
import type { Calls } from "../calling/calls.ts";
import { NOOP } from "../calling/noop.ts";
import type { RowTask } from "../jobs/row-task.ts";
import { mayOpenAnother } from "./calls-open-at-once.ts";
import { tokensNeeded } from "./charge-call.ts";
import { fail, finish } from "./move-row.ts";
import type { RouteJob } from "./route-job.ts";
import { mostCalls, type RouteState } from "./route-state.ts";

const PREFETCH_MS = 100;

/** Starts as many calls as there are slots, rows and budget for, and says what budget is wanted next. */
export function startCalls(state: RouteState, calls: Calls, nowMs: number): void {
  const most = mostCalls(state);
  let started = 0;
  while (calls.size() < most && startNext(state, calls)) started += 1;
  if (started > 0) add(state.starts, started, nowMs);
  if (state.limited) wantBudget(state, most, calls.size());
}

/** Starts the queue's next row, or gives it its result at once; false: nothing can be started now. */
function startNext(state: RouteState, calls: Calls): boolean {
  const { queue, jobs } = state;
  const next = queue.peek((id) => mayStart(jobs.get(id)));
  if (next === undefined) return false;
  const { item: task } = next;
  const job = jobs.get(next.job)!;
  if (job.endpoint === "noop") {
    queue.take(job.id, 1);
    task.attempts = 1;
    finish(job, task, goodResult(task.row, NOOP, String(job.spec.request.model), 1, task.used));
    return true;
  }
  const body = job.bodyOf(task.messages);
  const tokens = state.limited ? tokensNeeded(state, job, task) : 0;
  const refusal = refusalOf(state, job, task, body);
  if (refusal !== undefined) {
    queue.take(job.id, 1);
    fail(job, task, refusal.reason, refusal.message);
    return true;
  }
  const spent = state.limited ? state.budget.client.spend(tokens) : "spent";
  if (spent === "short") return false;
  takeUp(state, job, task, tokens);
  calls.start(job, task, job.endpoint, body as string, spent === "probe");
  return true;
}

function mayStart(job: RouteJob | undefined): boolean {
  return job !== undefined && !job.closing && mayOpenAnother(job);
}

/** Why the call is never made. */
function refusalOf(
  state: RouteState,
  job: RouteJob,
  task: RowTask,
  body: ReturnType<RouteJob["bodyOf"]>,
): { reason: string; message: string } | undefined {
  if (typeof body !== "string") return { reason: "unsayable", message: body.unsayable };
  const message = tooManyBytes(body) ?? neverLetThrough(state, job, task);
  return message === undefined ? undefined : { reason: "request_too_large", message };
}

/** Only what is sure to be charged counts, against a limit that somebody named. */
function neverLetThrough({ limits, budget }: RouteState, job: RouteJob, task: RowTask): string | undefined {
  const { spec, countsExactly } = job;
  const named = spec.limits.tokensPerMinute ?? budget.learnt.tokensPerMinute;
  if (named === null || task.promptTokens < 0) return undefined;
  const charging = spec.charges === "auto" ? budget.learnt.charging : spec.charges;
  const answer = charging === "max_tokens" ? spec : undefined;
  const message = tooManyTokens(task.promptTokens, answer, limits.tokensPerMinute);
  if (message === undefined) return undefined;
  const isCertain = countsExactly && !hasMedia(JSON.parse(task.messages));
  return isCertain ? message : tooManyTokens(0, answer, limits.tokensPerMinute);
}

function takeUp(state: RouteState, job: RouteJob, task: RowTask, tokens: number): void {
  task.cost = tokens || task.messages.length / 4 + expectedCompletion(job.reservations, "usage");
  state.queue.take(job.id, task.cost);
  task.reserved = tokens;
  task.attempts += 1;
  if (!state.limited) return;
  const known = state.averageTokens;
  state.averageTokens += (tokens - known) * (known === 0 ? 1 : 0.05);
}

function wantBudget(state: RouteState, most: number, open: number): void {
  const { queue, jobs, budget, starts } = state;
  const next = queue.peek((id) => jobs.get(id)?.closing === false);
  if (next === undefined) budget.client.want(NO_DEMAND);
  else {
    const ahead = (perMinute(starts, performance.now()) / 60_000) * PREFETCH_MS;
    const count = Math.min(queue.size, Math.max(0, most - open) + Math.ceil(ahead));
    const tokens = tokensNeeded(state, jobs.get(next.job)!, next.item);
    const others = Math.max(0, count - 1) * state.averageTokens;
    budget.client.want({ calls: count, tokens: tokens + others, next: tokens });
  }
}
