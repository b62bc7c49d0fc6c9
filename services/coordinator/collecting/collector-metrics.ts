import { Counter, Gauge } from "prom-client";

export const rowsCollected = new Counter({
  name: "assay_rows_collected_total",
  help: "Results committed to disk",
});
export const repeatedResults = new Counter({
  name: "assay_results_repeated_total",
  help: "Results for rows that had one already: calls paid twice",
});
export const rowsFed = new Counter({ name: "assay_rows_fed_total", help: "Rows published as work" });
export const jobsOwned = new Gauge({
  name: "assay_jobs_owned",
  help: "Jobs that this replica feeds and collects",
});
