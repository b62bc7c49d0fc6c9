import { join } from "node:path";
import { benchArguments } from "./support/arguments.ts";
import { cancel, follow, submit } from "./support/job.ts";
import { openReport } from "./support/report.ts";
import { smallRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How many calls it takes to watch a thousand batches that go on for hours.

const args = benchArguments();
const batches = args.quick ? 300 : 1_000;
const seconds = args.seconds ?? (args.quick ? 60 : 240);
const BATCH_ROWS = 10;
const MOST_A_MINUTE = 30;
const WITHIN_MS = 600_000;

const folder = benchFolder(args.keep);
const title = `Polling: ${batches} open batches, watched for ${seconds} s`;
const report = await openReport("batch-polling", title, folder);
await using system = await startSystem(folder, {
  dispatchers: 0,
  batchSupervisors: 1,
  simulator: { batchDuration: "5h", tokenizer: "bytes" },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, smallRows(batches * BATCH_ROWS));
const job = await submit(system.broker, {
  dataset,
  annotator: ANNOTATOR,
  save_dir: join(system.data, "out"),
  batch: true,
  max_batch_size: BATCH_ROWS,
});
await follow(system.broker, job, {
  withinMs: WITHIN_MS,
  everyMs: 500,
  until: ({ batches: seen }) => seen?.states.in_progress === batches,
});
const before = await looks();
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const after = await looks();
const perMinute = ((after - before) * 60) / seconds;
report.figure({
  what: "calls that look at batches",
  value: perMinute,
  unit: "a minute",
  atMost: MOST_A_MINUTE,
});
report.figure({ what: "open batches", value: batches, unit: "" });
report.check("each batch was created once", (await system.simulator.stats()).batches.created === batches);
await cancel(system.broker, job);
report.close();

async function looks(): Promise<number> {
  const { calls } = await system.simulator.stats();
  return (calls["GET /v1/batches"] ?? 0) + (calls["GET /v1/batches/{id}"] ?? 0);
}
