import { join } from "node:path";
import { benchArguments } from "./support/arguments.ts";
import { follow, submit } from "./support/job.ts";
import { watchMemory } from "./support/memory.ts";
import { openReport } from "./support/report.ts";
import { instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// Whether the services hold whole shards in memory: rows by the million in the largest batches that there may be.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 100_000 : 1_000_000);
const SHARD_ROWS = 50_000;
const LIMIT_MIB = 256;
const WITHIN_MS = 3_000_000;

const folder = benchFolder(args.keep);
const title = `Batch memory: ${count} rows in shards of ${SHARD_ROWS}`;
const report = await openReport("batch-memory", title, folder);
await using system = await startSystem(folder, {
  dispatchers: 0,
  batchSupervisors: 1,
  simulator: { batchSpeed: 60, batchDuration: "60s", tokenizer: "bytes", answerTokens: "60" },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));
const services = [...system.batchSupervisors, ...system.coordinators];
const watch = watchMemory([...services, system.nats]);
const startMs = performance.now();
const job = await submit(system.broker, {
  dataset,
  annotator: ANNOTATOR,
  save_dir: join(system.data, "out"),
  format: "jsonl",
  batch: true,
  max_batch_size: SHARD_ROWS,
  poll: 2,
  hedge: "off",
});
const ended = await follow(system.broker, job, { withinMs: WITHIN_MS, everyMs: 500 });
const seconds = (performance.now() - startMs) / 1000;
watch.stop();
for (const { name } of services) {
  report.figure({ what: `${name}, peak resident`, value: watch.peak(name), unit: "MiB", atMost: LIMIT_MIB });
}
report.figure({ what: "nats-server, peak resident", value: watch.peak("nats"), unit: "MiB" });
report.figure({ what: "time from submitting to exported", value: seconds, unit: "s" });
report.figure({ what: "rows through all of it", value: count / seconds, unit: "rows/s" });
const { distinctPaidCalls, repeatedPaidCalls } = await system.simulator.stats();
report.check("all rows are done", ended.done === count, `${ended.done} of ${count}`);
report.check("each row was paid once", distinctPaidCalls === count && repeatedPaidCalls === 0);
report.close();
