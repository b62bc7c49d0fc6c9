import { type Cooldown, noCooldown } from "../budget/cooldown.ts";
import { emptySum, type RollingSum } from "../budget/rolling-sum.ts";
import type { RouteBudget } from "../budget/route-budget.ts";
import { isLimited, type RouteLimits } from "../budget/route-limits.ts";
import { isDown, noOutage, type Outage } from "../calling/outage.ts";
import type { RowTask } from "../jobs/row-task.ts";
import { callsAtMost } from "./calls-open-at-once.ts";
import { type FairQueue, fairQueue } from "./fair-queue.ts";
import type { RouteJob } from "./route-job.ts";

/** What a route of this replica knows, beside its open calls. */
export interface RouteState {
  readonly id: string;
  readonly budget: RouteBudget;
  readonly jobs: Map<string, RouteJob>;
  /** Rows whose call may be started. */
  readonly queue: FairQueue<RowTask>;
  /** Rows whose call failed, until they come into the queue again. */
  readonly waiting: Map<RowTask, { job: RouteJob; timer: NodeJS.Timeout }>;
  readonly cooldown: Cooldown;
  readonly outage: Outage;
  readonly starts: RollingSum;
  /** As they were at the last look, and whether there are any. */
  limits: RouteLimits;
  limited: boolean;
  limitsAtMs: number;
  /** Set aside for a row; 0: not known. */
  averageTokens: number;
  /** And taken by a call in the end; 0: not known. */
  averageUsed: number;
  /** Looks whether calls can be started. */
  pump(): void;
}

export function routeState(id: string, budget: RouteBudget, pump: () => void): RouteState {
  return {
    id,
    budget,
    jobs: new Map(),
    queue: fairQueue(),
    waiting: new Map(),
    cooldown: noCooldown(),
    outage: noOutage(),
    starts: emptySum(performance.now()),
    limits: budget.limits(),
    limited: true,
    limitsAtMs: Number.NEGATIVE_INFINITY,
    averageTokens: 0,
    averageUsed: 0,
    pump,
  };
}

/** Takes the limits as they are now. */
export function refreshLimits(state: RouteState, nowMs: number): void {
  state.limitsAtMs = nowMs;
  state.limits = state.budget.limits();
  state.limited = isLimited(state.limits);
  if (state.limited) state.budget.takePart();
}

/** Calls that may be open at once; while the route is down, one tries. */
export function mostCalls({ outage, jobs }: RouteState): number {
  if (isDown(outage)) return 1;
  let most = 0;
  for (const job of jobs.values()) most = Math.max(most, callsAtMost(job));
  return most;
}
