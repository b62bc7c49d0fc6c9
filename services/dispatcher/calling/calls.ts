import { classifyNetwork } from "../../../shared/completions/network-fault.ts";
import { type Verdict, verdictOf } from "../../../shared/completions/verdict.ts";
import { limitsLearner } from "../budget/learn-limits.ts";
import type { RouteBudget } from "../budget/route-budget.ts";
import { isLimited } from "../budget/route-limits.ts";
import type { RowTask } from "../jobs/row-task.ts";
import type { RouteJob } from "../routes/route-job.ts";
import { callMetrics } from "./call-metrics.ts";
import type { CallOutcome, ChatClient, Endpoint, OpenCall } from "./chat-client.ts";

export interface CallEnded {
  job: RouteJob;
  task: RowTask;
  verdict: Verdict;
  startedMs: number;
}

/** The open calls of a route: started, timed, counted, and read. */
export interface Calls {
  /** @param alone no other call is open: what it shows of the limits is told in any case */
  start(job: RouteJob, task: RowTask, endpoint: Endpoint, body: string, alone: boolean): void;
  /** Ends the job's calls without a verdict. */
  abort(job: RouteJob): RowTask[];
  countTokens(prompt: number, completion: number): void;
  size(): number;
}

interface Open {
  job: RouteJob;
  task: RowTask;
  startedMs: number;
  alone: boolean;
  call: OpenCall | undefined;
}

const SWEEP_MS = 100;

export function openCalls(
  route: string,
  client: ChatClient,
  budget: RouteBudget,
  ended: (call: CallEnded) => void,
): Calls {
  const open = new Set<Open>();
  const count = callMetrics(route, () => open.size);
  const learn = limitsLearner(route, budget);
  const sweeper = sweeperOf(open);
  const forget = (call: Open) => {
    open.delete(call);
    call.job.inFlight -= 1;
    if (open.size === 0) sweeper.stop();
  };
  const end = (call: Open, outcome: CallOutcome) => {
    if (!open.has(call)) return;
    forget(call);
    const { job, task, startedMs, alone } = call;
    const { spec, provider } = job;
    const verdict = outcome.answered
      ? verdictOf(provider, outcome, spec.invalidFinishReasons)
      : classifyNetwork(outcome);
    count.ended(verdict, performance.now() - startedMs);
    if (outcome.answered && isLimited(spec.limits)) {
      const headers = provider.readLimits(outcome.header);
      learn({ status: outcome.status, headers, verdict, spec, alone }, spec.limits);
    }
    if (alone) budget.client.probeEnded();
    ended({ job, task, verdict, startedMs });
  };
  return {
    start: (job, task, endpoint, body, alone) => {
      const call: Open = { job, task, startedMs: performance.now(), alone, call: undefined };
      open.add(call);
      job.inFlight += 1;
      sweeper.start();
      call.call = client.send(endpoint, body, (outcome) => end(call, outcome));
    },
    abort: (job) => {
      const aborted = [...open].filter((call) => call.job === job);
      for (const call of aborted) {
        forget(call);
        call.call?.abort("aborted", "the job does not want it any more");
        if (call.alone) budget.client.probeEnded();
      }
      return aborted.map(({ task }) => task);
    },
    countTokens: count.tokens,
    size: () => open.size,
  };
}

/** Ends calls that take longer than their job allows: to look at all now and then costs less than a timer for each. */
function sweeperOf(open: Set<Open>): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const sweep = () => {
    const nowMs = performance.now();
    for (const { call, startedMs, job } of open) {
      if (nowMs - startedMs > job.timeoutMs) call?.abort("timeout", `timeout after ${job.timeoutMs} ms`);
    }
  };
  return {
    start: () => {
      timer ??= setInterval(sweep, SWEEP_MS);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
