import { Counter, Gauge, Registry } from "prom-client";
import type { Counters } from "./stats.ts";

/** Prometheus metrics, filled from the counters when they are scraped, so that a request costs nothing for them. */
export function createMetrics(counters: () => Counters, registry = new Registry()): Registry {
  const counter = (name: string, help: string, label: string, read: () => Record<string, number>) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  counter("assay_simulator_requests_total", "Chat completion requests by outcome", "outcome", () =>
    outcomesOf(counters()),
  );
  counter("assay_simulator_tokens_total", "Tokens charged to limits, and of paid calls", "kind", () => ({
    ...counters().tokens,
  }));
  counter("assay_simulator_faults_total", "Injected faults by kind", "kind", () => ({
    ...counters().injected,
  }));
  counter("assay_simulator_batches_total", "Batches that have ended by status", "status", () => ({
    ...counters().batches.ended,
  }));
  counter("assay_simulator_batch_lines_total", "Lines of batches by outcome", "outcome", () => {
    const { paidLines: paid, failedLines: failed, unfinishedLines: unfinished } = counters().batches;
    return { paid, failed, unfinished };
  });
  counter("assay_simulator_calls_total", "Calls of the files and batches endpoints", "call", () => ({
    ...counters().calls,
  }));
  new Gauge({
    name: "assay_simulator_requests_in_flight",
    help: "Requests that wait for their answer",
    registers: [registry],
    collect() {
      this.set(counters().inFlight);
    },
  });
  return registry;
}

function outcomesOf({
  requests,
  paidCalls,
  repeatedPaidCalls,
  rejected,
  refused,
}: Counters): Record<string, number> {
  const limited = Object.entries(rejected).map(([kind, count]) => [`rejected_${kind}`, count]);
  const refusals = Object.entries(refused).map(([status, count]) => [`refused_${status}`, count]);
  return {
    seen: requests,
    paid: paidCalls,
    paid_again: repeatedPaidCalls,
    ...Object.fromEntries([...limited, ...refusals]),
  };
}
