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
const LEASE_TRY_MS = 250;

export function openRouteBudget(ports: RouteBudgetPorts): RouteBudget {
  const { broker, replica, route } = ports;
  const now = () => performance.now();
  const learnt = nothingLearnt();
  let held: { owner: BudgetOwner; lease: Lease; unsubscribe(): void } | undefined;
  let takingPart = false;
  let closed = false;

  const owner = () => (held?.lease.valid() ? held.owner : undefined);
  const stop = (untilMs: number) => {
    held?.owner.stop(untilMs);
    client.rest(untilMs);
    ports.stopped(untilMs);
  };
  const client = openBudgetClient({
    now,
    replica,
    given: ports.given,
    auto: ports.auto,
    learnt,
    ask: (question: BudgetQuestion) =>
      owner()?.ask(question) ??
      askUntilAnswered(broker, askForBudget, [route], question, {
        timeoutMs: ASK_TIMEOUT_MS,
        gaveUp: () => closed || owner() !== undefined,
      }),
    tell: (settlement: Settlement) => {
      const mine = owner();
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

  const becomeOwner = (lease: Lease) => {
    const mine = openBudgetOwner({
      now,
      mayGrant: () => lease.valid(),
      learnt,
      changed: (limits) => say(route, limits),
    });
    const questions = answer(broker, askForBudget, [route], (question) => mine.ask(question));
    const settlements = answer(broker, settleBudget, [route], (settlement) => {
      mine.settle(settlement);
      return null;
    });
    held = {
      owner: mine,
      lease,
      unsubscribe: () => {
        questions.stop();
        settlements.stop();
      },
    };
    lease.signal.addEventListener("abort", () => letGo(lease));
  };
  const letGo = (lease: Lease) => {
    if (held?.lease !== lease) return;
    held.unsubscribe();
    held.owner.close();
    held = undefined;
  };
  const holdLease = async () => {
    while (!closed) {
      if (held === undefined) {
        const lease = await ports.leases.tryAcquire(`route.${route}`).catch(() => undefined);
        if (lease && closed) await lease.release();
        else if (lease) becomeOwner(lease);
      }
      await new Promise((resolve) => setTimeout(resolve, LEASE_TRY_MS).unref());
    }
  };

  return {
    client,
    learnt,
    limits: () => owner()?.limits() ?? effectiveLimits(ports.given(), learnt),
    used: () => owner()?.used(),
    takePart: () => {
      if (takingPart) return;
      takingPart = true;
      void holdLease();
    },
    tellStop: (waitMs) => {
      held?.owner.stop(now() + waitMs);
      client.rest(now() + waitMs);
      broadcast(broker, routeStopped.subject(route), { replica, waitMs: Math.round(waitMs) });
    },
    close: async () => {
      client.close();
      closed = true;
      stops.stop();
      const lease = held?.lease;
      if (lease) letGo(lease);
      await lease?.release();
    },
  };
}

function say(route: string, limits: RouteLimits): void {
  log().info({ route, ...limits }, "limits of the route");
}
