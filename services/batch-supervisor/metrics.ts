import { Counter, Gauge, Histogram } from "prom-client";

export const routesHeld = new Gauge({
  name: "assay_batch_routes_held",
  help: "Routes whose batches this replica drives",
});
export const batchesOpen = new Gauge({
  name: "assay_batches_open",
  help: "Batches that have not ended",
  labelNames: ["route"],
});
export const enqueuedTokens = new Gauge({
  name: "assay_batch_enqueued_tokens",
  help: "Prompt tokens of batches that have not ended",
  labelNames: ["route"],
});
export const batchesCreated = new Counter({
  name: "assay_batches_created_total",
  help: "Batches that were created",
  labelNames: ["route", "kind"],
});
export const batchesEnded = new Counter({
  name: "assay_batches_ended_total",
  help: "Batches that were collected, by the state in which they ended",
  labelNames: ["route", "status"],
});
export const batchSeconds = new Histogram({
  name: "assay_batch_seconds",
  help: "From a batch's creation to the sight of its end",
  labelNames: ["route"],
  buckets: [30, 60, 120, 300, 600, 1200, 3600, 7200, 14400, 43200, 86400, 90000],
});
export const batchRows = new Counter({
  name: "assay_batch_rows_total",
  help: "Rows of collected batches: done, failed, again (sent once more), late (paid, but another answer came first)",
  labelNames: ["route", "outcome"],
});
export const duplicateBatches = new Counter({
  name: "assay_batches_duplicated_total",
  help: "Batches that were created a second time for one send, and cancelled when they were seen",
  labelNames: ["route"],
});
export const strayBatches = new Counter({
  name: "assay_batches_stray_total",
  help: "Running batches of this installation that belong to no shard, and were cancelled",
  labelNames: ["route"],
});
export const polls = new Counter({
  name: "assay_batch_polls_total",
  help: "Calls that look at batches: lists (a page each) and single ones",
  labelNames: ["route", "kind"],
});
export const batchTokens = new Counter({
  name: "assay_batch_tokens_total",
  help: "Tokens of collected batches",
  labelNames: ["route", "kind"],
});
