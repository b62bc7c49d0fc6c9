import type { FaultKind } from "./limits/faults.ts";

/** One second of the simulator's life. `rejected` are those over a limit, `tokens` those charged to the token limit. */
export type Second = { second: number; requests: number; paid: number; rejected: number; tokens: number };

export type RejectionKind = "requests" | "tokens" | "too_large" | "injected" | "insufficient_quota";

/** Totals since start or reset. A call is paid when its completion was made, whether or not its client was still there. */
export type Counters = {
  requests: number;
  paidCalls: number;
  repeatedPaidCalls: number;
  abandonedCalls: number;
  inFlight: number;
  maxInFlight: number;
  rejected: Record<RejectionKind, number>;
  refused: Record<string, number>;
  injected: Partial<Record<FaultKind, number>>;
  tokens: { charged: number; prompt: number; completion: number };
  /** Calls of the files and batches endpoints by method and path, such as "GET /v1/batches/{id}". */
  calls: Record<string, number>;
  /** Injected faults of those calls, such as "upload 500". */
  callFaults: Record<string, number>;
  batches: BatchCounters;
};

/** `paidLines` are among `paidCalls`; `ended` counts batches by their last status. */
export type BatchCounters = {
  created: number;
  paidLines: number;
  failedLines: number;
  unfinishedLines: number;
  ended: Record<string, number>;
};

export type Stats = Counters & { seconds: number; distinctPaidCalls: number; series: Second[] };

const SERIES_SECONDS = 3600;

/** Counts of everything that happened, with a per-second series of the last hour. */
export function createTally(nowMs: number) {
  let startedMs = nowMs;
  let counters = noCounters(0);
  let series: Second[] = [];
  const secondAt = (atMs: number): Second => {
    const second = Math.max(0, Math.floor((atMs - startedMs) / 1000));
    const last = series.at(-1);
    if (last && last.second >= second) return last;
    const fresh = { second, requests: 0, paid: 0, rejected: 0, tokens: 0 };
    series.push(fresh);
    if (series.length > SERIES_SECONDS) series.shift();
    return fresh;
  };
  return {
    counters: () => counters,
    secondAt,
    snapshot: (atMs: number, distinctPaidCalls: number): Stats => ({
      ...structuredClone(counters),
      distinctPaidCalls,
      seconds: (atMs - startedMs) / 1000,
      series: structuredClone(series),
    }),
    /** Starts anew; calls that are open stay in flight. */
    reset(atMs: number) {
      startedMs = atMs;
      counters = noCounters(counters.inFlight);
      series = [];
    },
  };
}

export type Tally = ReturnType<typeof createTally>;

function noCounters(inFlight: number): Counters {
  return {
    requests: 0,
    paidCalls: 0,
    repeatedPaidCalls: 0,
    abandonedCalls: 0,
    inFlight,
    maxInFlight: inFlight,
    rejected: { requests: 0, tokens: 0, too_large: 0, injected: 0, insufficient_quota: 0 },
    refused: {},
    injected: {},
    tokens: { charged: 0, prompt: 0, completion: 0 },
    calls: {},
    callFaults: {},
    batches: { created: 0, paidLines: 0, failedLines: 0, unfinishedLines: 0, ended: {} },
  };
}
