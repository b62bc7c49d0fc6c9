import type { GivenLimits } from "../../../shared/contracts/job-entry.ts";
import {
  askForBudget,
  type BudgetQuestion,
  type LearntLimits,
  routeStopped,
  type Settlement,
  settleBudget,
} from "../../../shared/contracts/route-budget.ts";
import type { Broker } from "../../../shared/runtime/broker.ts";
import type { Lease, Leases } from "../../../shared/runtime/lease.ts";
import { log } from "../../../shared/runtime/log.ts";
import { answer, askUntilAnswered, broadcast } from "../../../shared/runtime/requests.ts";
import { type BudgetClient, openBudgetClient } from "./budget-client.ts";
import { type BudgetOwner, openBudgetOwner } from "./budget-owner.ts";
import { holdLease } from "./hold-lease.ts";
import { effectiveLimits, nothingLearnt, type RouteLimits } from "./route-limits.ts";

/** A route's budget as one replica sees it: it spends some, and may be the one that hands it out. */
export interface RouteBudget {
  readonly client: BudgetClient;
  readonly learnt: LearntLimits;
  /** As far as this replica knows. */
  limits(): RouteLimits;
  /** Of this replica's grants, where it hands them out: what was used lately, a minute. */
  used(): { requests: number; tokens: number } | undefined;
  /** Takes part in holding the lease from now on; without it only stops are heard. */
  takePart(): void;
  /** Tells the other replicas that the provider wants the route to rest. */
  tellStop(waitMs: number): void;
  /** Returns unspent budget and lets go of the lease. */
  close(): Promise<void>;
}

export interface RouteBudgetPorts {
  broker: Broker;
  leases: Leases;
  replica: string;
  route: string;
  given(): GivenLimits;
  auto(): boolean;
  granted(): void;
  stopped(untilMs: number): void;
}

const ASK_TIMEOUT_MS = 2_000;

export function openRouteBudget(ports: RouteBudgetPorts): RouteBudget {
  const { broker, replica, route } = ports;
  const learnt = nothingLearnt();
  const lease = holdLease(ports.leases, `route.${route}`, (held) => ownWhile(held, ports, learnt));
  let closed = false;
  const stop = (untilMs: number) => {
    lease.lastDuty()?.stop(untilMs);
    client.coolUntil(untilMs);
    ports.stopped(untilMs);
  };
  const client = openBudgetClient({
    now,
    replica,
    given: ports.given,
    auto: ports.auto,
    learnt,
    ask: (question: BudgetQuestion) =>
      lease.duty()?.ask(question) ??
      askUntilAnswered(broker, askForBudget, [route], question, {
        timeoutMs: ASK_TIMEOUT_MS,
        gaveUp: () => closed || lease.duty() !== undefined,
      }),
    tell: (settlement: Settlement) => {
      const mine = lease.duty();
      if (mine) mine.settle(settlement);
      else broadcast(broker, settleBudget.subject(route), settlement);
    },
    granted: ports.granted,
    stopped: stop,
  });
  const stops = answer(broker, routeStopped, [route], (told) => {
    if (told.replica !== replica) stop(now() + told.waitMs);
    return null;
  });
  return {
    client,
    learnt,
    limits: () => lease.duty()?.limits() ?? effectiveLimits(ports.given(), learnt),
    used: () => lease.duty()?.used(),
    takePart: lease.takePart,
    tellStop: (waitMs) => {
      lease.lastDuty()?.stop(now() + waitMs);
      client.coolUntil(now() + waitMs);
      broadcast(broker, routeStopped.subject(route), { replica, waitMs: Math.round(waitMs) });
    },
    close: async () => {
      client.close();
      closed = true;
      stops.stop();
      await lease.close();
    },
  };
}

/** Hands out the route's budget, to this replica and the others, for as long as it holds the lease. */
function ownWhile(
  lease: Lease,
  { broker, route }: RouteBudgetPorts,
  learnt: LearntLimits,
): { duty: BudgetOwner; end(): void } {
  const changed = (limits: RouteLimits) => log().info({ route, ...limits }, "limits of the route");
  const owner = openBudgetOwner({ now, mayGrant: () => lease.valid(), learnt, changed });
  const questions = answer(broker, askForBudget, [route], (question) => owner.ask(question));
  const settlements = answer(broker, settleBudget, [route], (settlement) => {
    owner.settle(settlement);
    return null;
  });
  const end = () => {
    questions.stop();
    settlements.stop();
    owner.close();
  };
  return { duty: owner, end };
}

function now(): number {
  return performance.now();
}
