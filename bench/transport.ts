import { join } from "node:path";
import { benchArguments } from "./support/arguments.ts";
import { checkOutput, isRight, sentenceOf } from "./support/check-output.ts";
import { watchCpu } from "./support/cpu.ts";
import { follow, submit } from "./support/job.ts";
import { openReport } from "./support/report.ts";
import { smallRows, writeRows } from "./support/rows.ts";
import { benchFolder, NOOP_ANNOTATOR, startSystem } from "./support/system.ts";

// How fast rows go from the feeder through a dispatcher that makes no call into the collector's files, every commit
// synced to disk. What a model or HTTP costs comes on top.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 20_000 : 200_000);
const TIMES = 2;

const folder = benchFolder(args.keep);
const report = await openReport(
  "transport",
  `Transport: ${count} small rows through a no-op dispatcher`,
  folder,
);
await using system = await startSystem(folder, { dispatchers: args.replicas?.[0] ?? 1 });
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, smallRows(count));

for (let time = 1; time <= TIMES; time++) {
  const cpu = watchCpu(system.children());
  const startMs = performance.now();
  const job = await submit(system.broker, {
    dataset,
    annotator: NOOP_ANNOTATOR,
    save_dir: join(system.data, `job-${time}`),
    format: "jsonl",
  });
  const ended = await follow(system.broker, job, { withinMs: 300_000, everyMs: 50 });
  const seconds = (performance.now() - startMs) / 1000;
  const which = time === 1 ? "first job of fresh services" : "second job";
  report.figure({
    what: `${which}, first feed to last commit`,
    value: count / ended.seconds,
    unit: "rows/s",
    atLeast: 50_000,
  });
  report.figure({ what: `${which}, from submitting to exported`, value: count / seconds, unit: "rows/s" });
  for (const figure of cpu(which, count)) report.figure(figure);
  const findings = await checkOutput(ended.outputFolder, smallRows(count), () => "");
  const whole = isRight(findings) && findings.records === count;
  report.check(`${which}: every row once, in order`, whole, sentenceOf(findings));
}
report.close();
