import { join } from "node:path";
import { benchArguments } from "./support/arguments.ts";
import { bodiesOf, postAll } from "./support/bare-client.ts";
import { follow, submit } from "./support/job.ts";
import { openReport } from "./support/report.ts";
import { instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How long services that have just started need until rows go through them as fast as through services that have worked.

const args = benchArguments();
const count = args.rows ?? (args.quick ? 10_000 : 60_000);
const CONCURRENCY = 512;
const MAX_TOKENS = 2048;
const WARM_UP = 10_000;
const LOOK_MS = 50;
const SPAN_MS = 500;
/** Of the pace of the second job: what counts as warm. */
const WARM = 0.9;

const folder = benchFolder(args.keep);
const report = await openReport("warm-up", `Warm-up: ${count} rows, simulator at 20 ms`, folder);
await using system = await startSystem(folder, {
  simulator: { latency: "20ms", tokenizer: "bytes", answerTokens: "lognormal:60,0.5" },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(count));

// The stand-in for a provider is no part of what is measured: it is warm before.
await postAll(system.annotator.baseUrl, bodiesOf(system.annotator, instructionRows(WARM_UP)), CONCURRENCY);
const first = await annotateAll("first");
const second = await annotateAll("second");
const pace = second.toSorted((a, b) => a - b)[Math.floor(second.length / 2)] ?? 0;
for (const [name, spans] of [
  ["first job of fresh services", first],
  ["second job", second],
] as const) {
  report.note(`${name}, rows/s in spans of ${SPAN_MS} ms: ${spans.join(" ")}`);
  const warm = spans.findIndex((rate) => rate >= WARM * pace);
  report.figure({
    what: `${name}, until ${WARM * 100} % of the pace of warm services`,
    value: ((warm < 0 ? spans.length : warm) * SPAN_MS) / 1000,
    unit: "s",
  });
  const lost = spans.reduce((sum, rate) => sum + Math.max(0, 1 - rate / pace), 0) * (SPAN_MS / 1000);
  report.figure({ what: `${name}, time lost against that pace`, value: lost, unit: "s" });
}
report.figure({ what: "pace of warm services, median of the second job", value: pace, unit: "rows/s" });
report.close();

/** Rows per second in each span, from the first row that was done on; the last, which is not a whole one, left out. */
async function annotateAll(name: string): Promise<number[]> {
  const job = await submit(system.broker, {
    dataset,
    annotator: ANNOTATOR,
    save_dir: join(system.data, name),
    max_requests_per_minute: "unlimited",
    max_tokens_per_minute: "unlimited",
    max_tokens: MAX_TOKENS,
    concurrency: CONCURRENCY,
    format: "jsonl",
  });
  const spans: number[] = [];
  let since: { atMs: number; done: number } | undefined;
  const ended = await follow(system.broker, job, {
    withinMs: 120_000,
    everyMs: LOOK_MS,
    until: ({ state, done, rows }) => {
      const nowMs = performance.now();
      if (since === undefined && state === "running" && rows !== null) since = { atMs: nowMs, done };
      if (since !== undefined && nowMs - since.atMs >= SPAN_MS && done < count) {
        spans.push(Math.round(((done - since.done) * 1000) / (nowMs - since.atMs)));
        since = { atMs: nowMs, done };
      }
      return false;
    },
  });
  report.check(`${name} job: all rows are done`, ended.done === count, `${ended.done} of ${count}`);
  return spans;
}
