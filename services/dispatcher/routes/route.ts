import { estimateTokens } from "../../../shared/annotators/token-estimate.ts";
import type { Completion } from "../../../shared/completions/completion.ts";
import type { Fault } from "../../../shared/completions/fault.ts";
import { failedResult, goodResult } from "../../../shared/completions/result-line.ts";
import { lastWord, type RetryFault } from "../../../shared/completions/verdict.ts";
import { rowUndone } from "../../../shared/runtime/worker/chunk-in-hand.ts";
import type { Charging } from "../budget/charging.ts";
import { tooManyBytes, tooManyTokens } from "../budget/refusals.ts";
import { expectedCompletion, learnCompletion, promptTokensOf, tokensUsed } from "../budget/reservation.ts";
import { noCooldown, refuse, coolUntil, succeeded } from "../budget/cooldown.ts";
import { add, emptySum, perMinute } from "../budget/rolling-sum.ts";
import { rowsInHand } from "../budget/rows-in-hand.ts";
import type { RouteBudget } from "../budget/route-budget.ts";
import { isLimited, type RouteLimits } from "../budget/route-limits.ts";
import { afterFault } from "../calling/after-fault.ts";
import { type CallEnded, openCalls } from "../calling/calls.ts";
import type { ChatClient } from "../calling/chat-client.ts";
import { NOOP } from "../calling/noop.ts";
import { noticeOutage } from "../calling/notice-outage.ts";
import { answered, isDown, noOutage } from "../calling/outage.ts";
import type { RowTask } from "../jobs/row-task.ts";
import * as metrics from "../metrics.ts";
import { callsAtMost, mayOpenAnother } from "./calls-open-at-once.ts";
import { fairQueue } from "./fair-queue.ts";
import type { RouteJob } from "./route-job.ts";
import type { RouteStanding } from "./route-waits.ts";

/**
 * The calls of one route in this replica. Rows of several jobs wait in one fair queue; a row is started when a slot is
 * free, the route does not rest, and its budget is held. A call ends in a result, or the row goes back into the queue.
 */
export interface Route {
  join(job: RouteJob): void;
  /** After its last row is finished or withdrawn. Returns how many jobs are left. */
  leave(job: RouteJob): number;
  submit(job: RouteJob, tasks: RowTask[]): void;
  /** From now on the job starts no call; its rows that have none open are returned. */
  close(job: RouteJob): RowTask[];
  /** Ends the job's open calls and returns their rows. */
  abort(job: RouteJob): RowTask[];
  /** How many unfinished rows a job should have in hand: enough to be busy, not more than its share. */
  room(job: RouteJob): number;
  /** Something changed from outside: look whether calls can be started. */
  pump(): void;
  rest(untilMs: number): void;
  /** Rows in hand whose call is not open. */
  waiting(): number;
  state(): RouteStanding;
}

const PREFETCH_MS = 100;
const LIMITS_FRESH_MS = 20;
/** A rest that is longer by less than this is not worth telling the other replicas. */
const TOLD_MS = 50;
export function openRoute(id: string, budget: RouteBudget, client: ChatClient): Route {
  const queue = fairQueue<RowTask>();
  const jobs = new Map<string, RouteJob>();
  const waiting = new Map<RowTask, { job: RouteJob; timer: NodeJS.Timeout }>();
  const rest = noCooldown();
  const outage = noOutage();
  const starts = emptySum(performance.now());
  const limitedBy429 = metrics.rateLimited.labels(id);
  const calls = openCalls(id, client, budget, (ended) => onEnded(ended));
  let limits: RouteLimits = budget.limits();
  let limited = true;
  let limitsAtMs = Number.NEGATIVE_INFINITY;
  let started = 0;
  let averageTokens = 0;
  let pumping = false;
  let restTimer: NodeJS.Timeout | undefined;

  const mayStart = (jobId: string) => {
    const job = jobs.get(jobId);
    return job !== undefined && !job.closing && mayOpenAnother(job);
  };
  const slots = () => {
    if (isDown(outage)) return 1;
    let most = 0;
    for (const job of jobs.values()) most = Math.max(most, callsAtMost(job));
    return most;
  };
  const charging = (job: RouteJob): Charging =>
    job.spec.charges === "auto" ? (budget.learnt.charging ?? "max_tokens") : job.spec.charges;

  const tokensNeeded = (job: RouteJob, task: RowTask): number => {
    if (limits.tokensPerMinute === "unlimited") return 0;
    if (task.promptTokens < 0)
      task.promptTokens = promptTokensOf(task.messages, job.tokenizer ?? estimateTokens);
    return task.promptTokens + expectedCompletion(job.reservations, charging(job));
  };
  const finish = (job: RouteJob, task: RowTask, result: ReturnType<typeof goodResult>) => {
    job.unfinished -= 1;
    job.finished(task, result);
    task.messages = "";
  };
  const fail = (job: RouteJob, task: RowTask, reason: string, message: string) =>
    finish(job, task, failedResult(task.row, reason, message, task.attempts, task.used));
  const giveUp = (job: RouteJob, task: RowTask) => {
    job.unfinished -= 1;
    rowUndone(task);
  };
  const again = (job: RouteJob, task: RowTask) => {
    if (job.closing) giveUp(job, task);
    else queue.pushFront(job.id, job.spec.priority, task);
  };
  const later = (job: RouteJob, task: RowTask, waitMs: number) => {
    if (job.closing) return giveUp(job, task);
    const timer = setTimeout(() => {
      waiting.delete(task);
      again(job, task);
      pump();
    }, waitMs);
    waiting.set(task, { job, timer });
  };

  /** Starts the queue's next row; false: nothing can be started now. */
  const startNext = (): boolean => {
    const next = queue.peek(mayStart);
    if (next === undefined) return false;
    const { item: task } = next;
    const job = jobs.get(next.job)!;
    if (job.endpoint === "noop") {
      queue.take(next.job, 1);
      task.attempts = 1;
      started += 1;
      finish(job, task, goodResult(task.row, NOOP, String(job.spec.request.model), 1, task.used));
      return true;
    }
    const body = job.bodyOf(task.messages);
    if (typeof body !== "string") {
      queue.take(next.job, 1);
      fail(job, task, "unsayable", body.unsayable);
      return true;
    }
    const tokens = limited ? tokensNeeded(job, task) : 0;
    const refusal = tooManyBytes(body) ?? tooManyTokens(task.promptTokens, job.spec, limits.tokensPerMinute);
    if (refusal !== undefined) {
      queue.take(next.job, 1);
      fail(job, task, "request_too_large", refusal);
      return true;
    }
    const spent = limited ? budget.client.spend(tokens) : "spent";
    if (spent === "short") return false;
    task.cost = tokens || task.messages.length / 4 + expectedCompletion(job.reservations, "usage");
    queue.take(next.job, task.cost);
    task.reserved = tokens;
    task.attempts += 1;
    started += 1;
    if (limited) averageTokens += (tokens - averageTokens) * (averageTokens === 0 ? 1 : 0.05);
    calls.start(job, task, job.endpoint, body, spent === "probe");
    return true;
  };

  const pump = () => {
    if (pumping) return;
    pumping = true;
    const nowMs = performance.now();
    if (nowMs - limitsAtMs > LIMITS_FRESH_MS) lookAtLimits(nowMs);
    const restMs = rest.untilMs - nowMs;
    if (restMs > 0) {
      clearTimeout(restTimer);
      restTimer = setTimeout(pump, restMs);
    } else {
      const most = slots();
      started = 0;
      while (calls.size() < most && startNext());
      if (started > 0) add(starts, started, nowMs);
      if (limited) wantBudget(most);
    }
    pumping = false;
  };
  const lookAtLimits = (nowMs: number) => {
    limitsAtMs = nowMs;
    limits = budget.limits();
    limited = isLimited(limits);
    if (limited) budget.takePart();
  };
  const wantBudget = (most: number) => {
    const next = queue.peek((jobId) => jobs.get(jobId)?.closing === false);
    if (next === undefined) return budget.client.want({ calls: 0, tokens: 0, next: 0 });
    const ahead = (perMinute(starts, performance.now()) / 60_000) * PREFETCH_MS;
    const count = Math.min(queue.size, Math.max(0, most - calls.size()) + Math.ceil(ahead));
    const tokens = tokensNeeded(jobs.get(next.job)!, next.item);
    budget.client.want({
      calls: count,
      tokens: tokens + Math.max(0, count - 1) * averageTokens,
      next: tokens,
    });
  };

  const onEnded = ({ job, task, verdict, startedMs }: CallEnded) => {
    const nowMs = performance.now();
    queue.settle(job.id, -task.cost);
    if (verdict.kind === "kept") {
      answered(outage);
      if (startedMs >= rest.untilMs) succeeded(rest);
      useTokens(job, task, verdict.completion);
      const { model } = job.spec.request;
      finish(job, task, goodResult(task.row, verdict.completion, String(model), task.attempts, task.used));
    } else if (verdict.kind === "not_kept") {
      answered(outage);
      useTokens(job, task, verdict.completion);
      // What is paid once in vain would be paid again, and the budget counts each row once.
      if (job.spec.budgeted) fail(job, task, verdict.fault.reason, lastWord(verdict.fault, task.attempts));
      else retry(job, task, verdict.fault);
    } else if (verdict.kind === "wait") {
      onRefused(job, task, verdict, nowMs);
    } else if (verdict.kind === "row") {
      answered(outage);
      budget.client.settle(task.reserved);
      fail(job, task, verdict.reason, verdict.message);
    } else if (verdict.kind === "halt") {
      halt(job, task, verdict);
    } else {
      const restMs = noticeOutage(id, outage, verdict.message, nowMs);
      if (restMs > 0) coolUntil(rest, nowMs + restMs);
      retry(job, task, verdict);
    }
    pump();
  };
  const onRefused = (job: RouteJob, task: RowTask, fault: Fault & { kind: "wait" }, nowMs: number) => {
    limitedBy429.inc();
    task.attempts -= 1;
    if (limited) budget.client.refused(task.reserved, fault.limit);
    const before = rest.untilMs;
    const waitMs = refuse(rest, fault.waitMs, nowMs, Math.random());
    metrics.routeWaitSeconds.labels(id).inc((rest.untilMs - Math.max(before, nowMs)) / 1000);
    if (rest.untilMs > Math.max(before, nowMs) + TOLD_MS) budget.tellStop(waitMs);
    again(job, task);
  };
  const retry = (job: RouteJob, task: RowTask, fault: RetryFault) => {
    const next = afterFault(fault, task.attempts, job.spec.maxAttempts, outage.hasAnswered);
    if (next.kind === "row") return fail(job, task, next.reason, next.message);
    if (next.kind === "halt") return halt(job, task, next);
    if (!next.counts) task.attempts -= 1;
    later(job, task, next.waitMs);
  };
  const halt = (job: RouteJob, task: RowTask, fault: Fault & { kind: "halt" }) => {
    task.attempts -= 1;
    job.halt(fault);
    again(job, task);
  };
  /** Counts what a completion used, and returns what was set aside for it in vain. */
  const useTokens = (job: RouteJob, task: RowTask, completion: Completion) => {
    const { prompt, answer } = tokensUsed(completion, task.messages, job.tokenizer ?? estimateTokens);
    task.used.promptTokens += prompt;
    task.used.completionTokens += answer;
    learnCompletion(job.reservations, answer);
    calls.countTokens(prompt, answer);
    const byUsage = task.reserved === 0 || charging(job) === "usage";
    const charged = prompt + (byUsage ? answer : task.reserved - task.promptTokens);
    queue.settle(job.id, charged);
    if (task.reserved > 0) budget.client.settle(task.reserved - charged);
  };

  return {
    join: (job) => {
      jobs.set(job.id, job);
      lookAtLimits(performance.now());
      pump();
    },
    leave: (job) => {
      jobs.delete(job.id);
      return jobs.size;
    },
    submit: (job, tasks) => {
      job.unfinished += tasks.length;
      for (const task of tasks) queue.push(job.id, job.spec.priority, task);
      pump();
    },
    close: (job) => {
      job.closing = true;
      const tasks = queue.remove(job.id);
      for (const [task, entry] of waiting) {
        if (entry.job !== job) continue;
        clearTimeout(entry.timer);
        waiting.delete(task);
        tasks.push(task);
      }
      job.unfinished -= tasks.length;
      return tasks;
    },
    abort: (job) => {
      const tasks = calls.abort(job);
      job.unfinished -= tasks.length;
      pump();
      return tasks;
    },
    room: (job) => {
      const others = [...jobs.values()].filter((one) => one !== job && one.unfinished > 0);
      return rowsInHand({
        slots: slots(),
        startsPerMinute: perMinute(starts, performance.now()),
        limits,
        tokensARow: averageTokens,
        weight: job.spec.priority,
        weights: others.reduce((sum, one) => sum + one.spec.priority, job.spec.priority),
      });
    },
    pump,
    waiting: () => queue.size + waiting.size,
    state: () => ({
      rows: queue.size + waiting.size,
      calls: calls.size(),
      restMs: Math.max(0, rest.untilMs - performance.now()),
      isDown: isDown(outage),
    }),
    rest: (untilMs) => {
      coolUntil(rest, untilMs);
      pump();
    },
  };
}
