import { classifyNetwork } from "../../../shared/completions/network-fault.ts";
import { type Verdict, verdictOf } from "../../../shared/completions/verdict.ts";
import { log } from "../../../shared/runtime/log.ts";
import { chargingSeen } from "../budget/charging.ts";
import type { RouteBudget } from "../budget/route-budget.ts";
import { learn, nothingLearnt } from "../budget/route-limits.ts";
import type { RowTask } from "../jobs/row-task.ts";
import * as metrics from "../metrics.ts";
import type { RouteJob } from "../routes/route-job.ts";
import type { CallOutcome, ChatClient, Endpoint, OpenCall } from "./chat-client.ts";
import { showSize, type Tally, tally } from "./tally.ts";

export interface CallEnded {
  job: RouteJob;
  task: RowTask;
  verdict: Verdict;
  startedMs: number;
}

/** The open calls of a route: started, timed, counted, and read. */
export interface Calls {
  start(job: RouteJob, task: RowTask, endpoint: Endpoint, body: string, probe: boolean): void;
  /** Ends the job's calls without a verdict. */
  abort(job: RouteJob): RowTask[];
  countTokens(prompt: number, completion: number): void;
  size(): number;
}

interface Open {
  job: RouteJob;
  task: RowTask;
  startedMs: number;
  probe: boolean;
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
  const seconds = metrics.callSeconds.labels(route);
  showSize(metrics.callsInFlight, route, () => open.size);
  const tokens = {
    prompt: tally(metrics.tokens, route, "prompt"),
    completion: tally(metrics.tokens, route, "completion"),
  };
  const outcomes = new Map<string, Tally>();
  const countOutcome = (name: string) => {
    let counter = outcomes.get(name);
    if (counter === undefined) {
      counter = tally(metrics.calls, route, name);
      outcomes.set(name, counter);
    }
    counter.add(1);
  };
  const warned = new Set<string>();
  let sweeper: NodeJS.Timeout | undefined;

  const forget = (call: Open) => {
    open.delete(call);
    call.job.inFlight -= 1;
    if (open.size === 0) {
      clearInterval(sweeper);
      sweeper = undefined;
    }
  };
  const end = (call: Open, outcome: CallOutcome) => {
    if (!open.has(call)) return;
    forget(call);
    seconds.observe((performance.now() - call.startedMs) / 1000);
    const verdict = outcome.answered
      ? verdictOf(call.job.provider, outcome, call.job.spec.invalidFinishReasons)
      : classifyNetwork(outcome);
    countOutcome(nameOf(verdict));
    if (outcome.answered && needsLimits(call)) see(call, outcome, verdict);
    if (call.probe) budget.client.probeEnded();
    ended({ job: call.job, task: call.task, verdict, startedMs: call.startedMs });
  };
  const needsLimits = ({ job: { spec } }: Open) =>
    spec.limits.requestsPerMinute !== "unlimited" || spec.limits.tokensPerMinute !== "unlimited";

  /** Learns limits, and from a call that ran alone how it was charged. */
  const see = (call: Open, outcome: CallOutcome & { answered: true }, verdict: Verdict) => {
    const headers = call.job.provider.readLimits(outcome.header);
    const seen = nothingLearnt();
    seen.requestsPerMinute = headers.requestsPerMinute ?? null;
    seen.tokensPerMinute = headers.tokensPerMinute ?? null;
    seen.probed = outcome.status === 200 || seen.requestsPerMinute !== null || seen.tokensPerMinute !== null;
    if (call.probe && (verdict.kind === "kept" || verdict.kind === "not_kept")) {
      const { promptTokens, completionTokens } = verdict.completion;
      const { maxTokens, choices } = call.job.spec;
      const used = {
        usedTokens: (promptTokens ?? 0) + (completionTokens ?? 0),
        mostTokens: (promptTokens ?? 0) + maxTokens * choices,
      };
      seen.charging = completionTokens === null ? null : chargingSeen(used, headers);
    }
    const { learnt } = budget;
    const isNews =
      (seen.requestsPerMinute !== null && seen.requestsPerMinute !== learnt.requestsPerMinute) ||
      (seen.tokensPerMinute !== null && seen.tokensPerMinute !== learnt.tokensPerMinute) ||
      (seen.probed && !learnt.probed);
    if (!isNews && !call.probe) return;
    learn(learnt, seen);
    budget.client.seen(seen);
    warnIfLower("requestsPerMinute", call.job, seen.requestsPerMinute);
    warnIfLower("tokensPerMinute", call.job, seen.tokensPerMinute);
  };
  const warnIfLower = (kind: "requestsPerMinute" | "tokensPerMinute", job: RouteJob, seen: number | null) => {
    const given = job.spec.limits[kind];
    if (typeof given !== "number" || seen === null || seen >= given || warned.has(`${kind} ${given}`)) return;
    warned.add(`${kind} ${given}`);
    log().warn(
      { route, kind, given, provider: seen },
      "the given limit is above the provider's, which is used instead",
    );
  };
  const sweep = () => {
    const nowMs = performance.now();
    for (const { call, startedMs, job } of open) {
      if (nowMs - startedMs > job.timeoutMs) call?.abort("timeout", `timeout after ${job.timeoutMs} ms`);
    }
  };

  return {
    start: (job, task, endpoint, body, probe) => {
      const call: Open = { job, task, startedMs: performance.now(), probe, call: undefined };
      open.add(call);
      job.inFlight += 1;
      sweeper ??= setInterval(sweep, SWEEP_MS);
      call.call = client.send(endpoint, body, (outcome) => end(call, outcome));
    },
    abort: (job) => {
      const aborted = [...open].filter((call) => call.job === job);
      for (const call of aborted) {
        forget(call);
        call.call?.abort("aborted", "the job does not want it any more");
        if (call.probe) budget.client.probeEnded();
      }
      return aborted.map(({ task }) => task);
    },
    countTokens: (prompt, completion) => {
      tokens.prompt.add(prompt);
      tokens.completion.add(completion);
    },
    size: () => open.size,
  };
}

function nameOf(verdict: Verdict): string {
  if (verdict.kind === "kept") return "ok";
  if (verdict.kind === "not_kept") return "finish_reason";
  if (verdict.kind === "wait") return "rate_limited";
  return verdict.kind === "halt" ? verdict.code : verdict.reason;
}
