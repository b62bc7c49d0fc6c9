import type { BatchSpec, JobSpec, RequestJob } from "../../shared/contracts/job-entry.ts";

/** A job's specification, for tests that need one and do not care. */
export function someSpec(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    dataset: { source: { kind: "file", path: "/data/d.jsonl" }, skipBadRows: false },
    datasetName: "d",
    outputFolder: "/data/out/d_gpt-4o-mini",
    output: "/data/out/d_gpt-4o-mini/reannotated.json",
    besidePrefix: "",
    workFolder: "/data/temp/0123456789abcdef",
    params: { dataset: "/data/d.jsonl", annotator: "gpt-4o-mini", seed: 42, format: "json", max_attempts: 5 },
    dispatch: {
      annotator: "gpt-4o-mini",
      route: "route",
      request: { model: "gpt-4o-mini" },
      maxTokens: 100,
      choices: 1,
      limits: { requestsPerMinute: null, tokensPerMinute: null },
      charges: "auto",
      maxAttempts: 5,
      budgeted: false,
      timeoutMs: null,
      concurrency: null,
      invalidFinishReasons: [],
      returnTo: "collector",
      batch: null,
      priority: 1,
    },
    format: "json",
    tokenizer: "estimate",
    prices: { inputPerMillion: 1, outputPerMillion: 2 },
    maxCost: null,
    maxFailureRate: null,
    asks: 1,
    task: {},
    ...changes,
  };
}

export function someEntry(changes: Partial<RequestJob> = {}): RequestJob {
  return {
    id: "0123456789abcdef",
    kind: "dataset-reannotate",
    run: 1,
    firstRun: 1,
    state: "running",
    reason: null,
    spec: someSpec(),
    parent: null,
    submission: 7,
    uuid: "00000000-0000-4000-8000-000000000000",
    traceparent: "00-00000000000000000000000000000001-0000000000000001-01",
    createdAt: "2026-01-01T00:00:00.000Z",
    endedAt: null,
    ...changes,
  };
}

/** Batches without hedging. */
export const BATCH: BatchSpec = {
  ...{ maxBatchSize: null, pollMs: 60_000, hedge: "off" as const, maxHedgeCost: 0 },
  ...{ reaskLane: "online" as const, reconcileWaitMs: 120_000, discount: 0.5, enqueuedTokens: null },
  endpoint: "/v1/chat/completions",
};
