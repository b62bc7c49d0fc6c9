import type { JobView } from "../../shared/contracts/jobs-api.ts";

/** Half of 20,022 rows are done. */
export const runningJob: JobView = {
  job: "0123456789abcdef",
  kind: "dataset-reannotate",
  state: "running",
  reason: null,
  run: 1,
  rows: 20_022,
  done: 10_000,
  failed: 11,
  truncated: 0,
  repeated: 0,
  promptTokens: 1_234_567,
  completionTokens: 999,
  cost: 0.25,
  parent: null,
  steps: null,
  seconds: 12.5,
  dataset: "data.jsonl",
  annotator: "gpt-4o-mini",
  outputFolder: "/out",
  errors: "/out/errors.jsonl",
  output: "/out/reannotated.json",
  owner: "coordinator-0",
  createdAt: "2030-01-01T00:00:00Z",
  endedAt: null,
};
