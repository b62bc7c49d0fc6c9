import { coolUntil } from "../budget/cooldown.ts";
import { perMinute } from "../budget/rolling-sum.ts";
import type { RouteBudget } from "../budget/route-budget.ts";
import { rowsInHand } from "../budget/rows-in-hand.ts";
import { openCalls } from "../calling/calls.ts";
import type { ChatClient } from "../calling/chat-client.ts";
import { isDown } from "../calling/outage.ts";
import type { RowTask } from "../jobs/row-task.ts";
import { endCall } from "./end-call.ts";
import { takeBack } from "./move-row.ts";
import type { RouteJob } from "./route-job.ts";
import { mostCalls, type RouteState, refreshLimits, routeState } from "./route-state.ts";
import type { RouteStanding } from "./route-waits.ts";
import { startCalls } from "./start-calls.ts";

/**
 * The calls of one route in this replica. Rows of several jobs wait in one fair queue; a row is started when a slot is
 * free, the route does not cool down, and its budget is held. A call ends in a result, or the row goes back into the
 * queue.
 *
 * | a row is    | until                                                                                        |
 * |-------------|----------------------------------------------------------------------------------------------|
 * | queued      | its call is started; or it is refused, and finished                                          |
 * | called      | its call ends: finished, queued first, or waiting (after-call.ts); or its job ends all calls |
 * | waiting     | its time is over: queued first                                                               |
 * | finished    | its result is handed over                                                                    |
 * | given back  | its job closes while it is queued or waiting, or when its call ends without a result         |
 *
 * | the route is | while                                                       | what it does                    |
 * |--------------|-------------------------------------------------------------|---------------------------------|
 * | open         | neither of the others                                       | starts what slots and budget let |
 * | cooling      | a 429 or an outage says so (cooldown.ts)                    | starts nothing                  |
 * | down         | many calls in a row had no answer (calling/outage.ts)       | one call at a time tries        |
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
  coolUntil(untilMs: number): void;
  /** Rows in hand whose call is not open. */
  waiting(): number;
  state(): RouteStanding;
}

const LIMITS_FRESH_MS = 20;

export function openRoute(id: string, budget: RouteBudget, client: ChatClient): Route {
  const pump = pumpOf(() => look());
  const state = routeState(id, budget, pump);
  const calls = openCalls(id, client, budget, (ended) => {
    endCall(state, calls, ended);
    pump();
  });
  let cooled: NodeJS.Timeout | undefined;
  const look = () => {
    const nowMs = performance.now();
    if (nowMs - state.limitsAtMs > LIMITS_FRESH_MS) refreshLimits(state, nowMs);
    const coolMs = state.cooldown.untilMs - nowMs;
    if (coolMs <= 0) return startCalls(state, calls, nowMs);
    clearTimeout(cooled);
    cooled = setTimeout(pump, coolMs);
  };
  return {
    join: (job) => {
      state.jobs.set(job.id, job);
      refreshLimits(state, performance.now());
      pump();
    },
    leave: (job) => {
      state.jobs.delete(job.id);
      return state.jobs.size;
    },
    submit: (job, tasks) => {
      job.unfinished += tasks.length;
      for (const task of tasks) state.queue.push(job.id, job.spec.priority, task);
      pump();
    },
    close: (job) => {
      job.closing = true;
      return takeBack(state, job);
    },
    abort: (job) => {
      const tasks = calls.abort(job);
      job.unfinished -= tasks.length;
      pump();
      return tasks;
    },
    room: (job) => roomOf(state, job),
    pump,
    waiting: () => state.queue.size + state.waiting.size,
    state: () => ({
      rows: state.queue.size + state.waiting.size,
      calls: calls.size(),
      restMs: Math.max(0, state.cooldown.untilMs - performance.now()),
      isDown: isDown(state.outage),
    }),
    coolUntil: (untilMs) => {
      coolUntil(state.cooldown, untilMs);
      pump();
    },
  };
}

/** What is called again from within itself does nothing: the look that goes on will see what there is. */
function pumpOf(look: () => void): () => void {
  let looking = false;
  return () => {
    if (looking) return;
    looking = true;
    look();
    looking = false;
  };
}

function roomOf(state: RouteState, job: RouteJob): number {
  const others = [...state.jobs.values()].filter((one) => one !== job && one.unfinished > 0);
  return rowsInHand({
    slots: mostCalls(state),
    startsPerMinute: perMinute(state.starts, performance.now()),
    limits: state.limits,
    tokensARow: Math.min(state.averageTokens, state.averageUsed || state.averageTokens),
    weight: job.spec.priority,
    weights: others.reduce((sum, one) => sum + one.spec.priority, job.spec.priority),
  });
}
