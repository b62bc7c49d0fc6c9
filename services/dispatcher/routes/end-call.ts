import { goodResult } from "../../../shared/completions/result-line.ts";
import type { Verdict } from "../../../shared/completions/verdict.ts";
import { coolUntil, refuse, succeeded } from "../budget/cooldown.ts";
import type { CallEnded, Calls } from "../calling/calls.ts";
import { noticeOutage } from "../calling/notice-outage.ts";
import { answered } from "../calling/outage.ts";
import type { RowTask } from "../jobs/row-task.ts";
import * as metrics from "../metrics.ts";
import { type AfterCall, afterCall, isAttempt, type RowFate } from "./after-call.ts";
import { chargeCall } from "./charge-call.ts";
import { fail, finish, putFirst, putFirstLater } from "./move-row.ts";
import type { RouteJob } from "./route-job.ts";
import type { RouteState } from "./route-state.ts";

/** A rest that is longer by less than this is not worth telling the other replicas. */
const TOLD_MS = 50;

/** Carries out what follows from a call's end. */
export function endCall(state: RouteState, calls: Calls, { job, task, verdict, startedMs }: CallEnded): void {
  const nowMs = performance.now();
  state.queue.settle(job.id, -task.cost);
  const { attempts } = task;
  const { maxAttempts, budgeted } = job.spec;
  const { hasAnswered, accountFaults, faults, sinceMs } = state.outage;
  const outageMs = faults > 0 ? nowMs - sinceMs : 0;
  const facts = { attempts, maxAttempts, budgeted, hasAnswered, accountFaults, outageMs };
  const after = afterCall(verdict, facts);
  if (verdict.kind === "kept" && startedMs >= state.cooldown.untilMs) succeeded(state.cooldown);
  settleTokens(state, calls, job, task, verdict, after);
  tellRoute(state, verdict, after, nowMs);
  moveRow(state, job, task, after.row);
}

function settleTokens(
  state: RouteState,
  calls: Calls,
  job: RouteJob,
  task: RowTask,
  verdict: Verdict,
  { tokens }: AfterCall,
): void {
  const { client } = state.budget;
  if (verdict.kind === "kept" || verdict.kind === "not_kept") {
    const { prompt, answer } = chargeCall(state, job, task, verdict.completion);
    calls.countTokens(prompt, answer);
  } else if (tokens === "returned") client.settle(task.reserved);
  else if (verdict.kind === "wait" && state.limited) client.refused(task.reserved, verdict.limit);
}

function tellRoute(state: RouteState, verdict: Verdict, { route }: AfterCall, nowMs: number): void {
  if (route === "answered") answered(state.outage);
  if (route === "blamed") state.outage.accountFaults += 1;
  if (verdict.kind === "wait") coolDown(state, verdict.waitMs, nowMs);
  if (verdict.kind === "retry") {
    const waitMs = noticeOutage(state.id, state.outage, verdict.message, nowMs);
    if (waitMs > 0) coolUntil(state.cooldown, nowMs + waitMs);
  }
}

/** The provider refuses calls (429): all replicas stop, and others are told where that takes longer than they know. */
function coolDown({ id, cooldown, budget }: RouteState, namedMs: number | null, nowMs: number): void {
  metrics.rateLimited.labels(id).inc();
  const before = Math.max(cooldown.untilMs, nowMs);
  const waitMs = refuse(cooldown, namedMs, nowMs, Math.random());
  metrics.routeWaitSeconds.labels(id).inc((cooldown.untilMs - before) / 1000);
  if (cooldown.untilMs > before + TOLD_MS) budget.tellStop(waitMs);
}

function moveRow(state: RouteState, job: RouteJob, task: RowTask, fate: RowFate): void {
  if (!isAttempt(fate)) task.attempts -= 1;
  if (fate.kind === "done") {
    const model = String(job.spec.request.model);
    finish(job, task, goodResult(task.row, fate.completion, model, task.attempts, task.used));
  } else if (fate.kind === "failed") fail(job, task, fate.reason, fate.message);
  else if (fate.kind === "later_again") putFirstLater(state, job, task, fate.waitMs);
  else {
    if (fate.kind === "halts") job.halt(fate.fault);
    putFirst(state, job, task);
  }
}
