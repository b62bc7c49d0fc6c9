import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import type { RouteWait } from "../../../shared/contracts/service-pulse.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Leases } from "../../../shared/runtime/lease.ts";
import { openRouteBudget, type RouteBudget } from "../budget/route-budget.ts";
import { tightest } from "../budget/route-limits.ts";
import type { ChatClient } from "../calling/chat-client.ts";
import * as metrics from "../metrics.ts";
import { openRoute, type Route } from "./route.ts";
import type { RouteJob } from "./route-job.ts";
import { openRouteWaits } from "./route-waits.ts";

/** The routes on which this replica has jobs; one that has none any more hands back its budget. */
export interface Routes {
  of(id: string): Route;
  /** What they wait for, for a person. */
  waits(): RouteWait[];
  close(): Promise<void>;
}

const REPORT_MS = 1_000;

export function openRoutes(broker: Broker, leases: Leases, replica: string, client: ChatClient): Routes {
  const open = new Map<string, { route: Route; budget: RouteBudget }>();
  const closing = new Set<Promise<void>>();
  const waits = openRouteWaits();

  const openOne = (id: string): Route => {
    const jobs = new Set<RouteJob>();
    const given = (): GivenLimits => tightest([...jobs].map(({ spec }) => spec.limits));
    const budget = openRouteBudget({
      broker,
      leases,
      replica,
      route: id,
      given,
      auto: () => [...jobs].some(({ spec }) => spec.charges === "auto"),
      granted: () => route.pump(),
      stopped: (untilMs) => route.coolUntil(untilMs),
    });
    const inner = openRoute(id, budget, client);
    const route: Route = {
      ...inner,
      join: (job) => {
        jobs.add(job);
        inner.join(job);
      },
      leave: (job) => {
        jobs.delete(job);
        const left = inner.leave(job);
        if (left > 0) return left;
        open.delete(id);
        waits.forget(id);
        metrics.rowsWaiting.remove(id);
        const closed = budget.close().finally(() => closing.delete(closed));
        closing.add(closed);
        return 0;
      },
    };
    open.set(id, { route, budget });
    return route;
  };
  const report = () => {
    for (const [id, one] of open) show(id, one);
  };
  const timer = setInterval(report, REPORT_MS);
  timer.unref();
  return {
    of: (id) => open.get(id)?.route ?? openOne(id),
    waits: () =>
      [...open].flatMap(([route, one]) => waits.of(route, one.route.state(), one.budget.limits()) ?? []),
    close: async () => {
      clearInterval(timer);
      await Promise.all([...closing, ...[...open.values()].map(({ budget }) => budget.close())]);
      open.clear();
    },
  };
}

function show(id: string, { route, budget }: { route: Route; budget: RouteBudget }): void {
  metrics.rowsWaiting.labels(id).set(route.waiting());
  const limits = budget.limits();
  const used = budget.used();
  for (const kind of ["requests", "tokens"] as const) {
    const limit = limits[`${kind}PerMinute`];
    if (typeof limit === "number") metrics.routeLimit.labels(id, kind).set(limit);
    if (used) metrics.routeUsed.labels(id, kind).set(used[kind]);
    else metrics.routeUsed.remove(id, kind);
  }
}
