import { Counter, Gauge, Histogram } from "prom-client";
import { lookAtSizes, settleTallies } from "./calling/tally.ts";

/** Labels never hold row or job ids: a route is as fine as they get. */
export const calls = new Counter({
  name: "assay_calls_total",
  help: "Calls that ended, by what came of them: ok, or the fault.",
  labelNames: ["route", "outcome"],
  collect: settleTallies,
});
export const callSeconds = new Histogram({
  name: "assay_call_seconds",
  help: "Time from sending a call to the end of its answer.",
  labelNames: ["route"],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300],
});
export const callsInFlight = new Gauge({
  name: "assay_calls_in_flight",
  help: "Calls that are open now.",
  labelNames: ["route"],
  collect: lookAtSizes,
});
export const rowsWaiting = new Gauge({
  name: "assay_rows_waiting",
  help: "Rows in hand whose call has not been started, or is to be repeated.",
  labelNames: ["route"],
});
export const tokens = new Counter({
  name: "assay_tokens_total",
  help: "Tokens that the provider reported.",
  labelNames: ["route", "kind"],
  collect: settleTallies,
});
export const rateLimited = new Counter({
  name: "assay_rate_limited_total",
  help: "Calls that were refused with 429.",
  labelNames: ["route"],
});
export const routeLimit = new Gauge({
  name: "assay_route_limit",
  help: "The limit in force, a minute; absent where there is none.",
  labelNames: ["route", "kind"],
});
export const routeUsed = new Gauge({
  name: "assay_route_used",
  help: "What all replicas used of it in the last seconds, a minute; reported by the replica that hands it out.",
  labelNames: ["route", "kind"],
});
export const routeWaitSeconds = new Counter({
  name: "assay_route_wait_seconds",
  help: "Time for which a route rested because the provider asked for it, or because it was down.",
  labelNames: ["route"],
});
export const rows = new Counter({
  name: "assay_rows_total",
  help: "Rows whose result was stored, by outcome: done, truncated, or failed.",
  labelNames: ["outcome"],
});
