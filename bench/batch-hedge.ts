import { join } from "node:path";
import type { JobView } from "../shared/contracts/jobs-api.ts";
import { benchArguments } from "./support/arguments.ts";
import { simulateJob } from "./support/hedge-simulation.ts";
import { follow, submit } from "./support/job.ts";
import { openReport } from "./support/report.ts";
import { CODEALPACA_ROWS, instructionRows, writeRows } from "./support/rows.ts";
import { ANNOTATOR, benchFolder, startSystem } from "./support/system.ts";

// How much sooner a job through batches ends when slow ones are sent a second time, and what that costs: by the policy
// alone, in a clock of its own, and through the whole system with the simulator. Each seed draws other durations; the same seed
// draws the same ones with hedging and without, but for the second batches.

const args = benchArguments();
const rows = args.rows ?? CODEALPACA_ROWS;
const seeds = args.quick ? 3 : 20;
const speed = args.speed ?? 60;
const POLICY_SEEDS = 200;
const DURATION = "lognormal:53s,1.05";
const MAX_HEDGE_COST = 0.05;
const BATCH_ROWS = 100;
const POLL_SECONDS = 60;
const MOST_EXTRA = 100 * MAX_HEDGE_COST;
const MOST_TIME = 0.6;
const WITHIN_MS = 600_000;

/** One job, in seconds of the batch clock. */
interface Run {
  seconds: number;
  view: JobView;
  paidTwice: number;
}

const folder = benchFolder(args.keep);
const title = `Hedging: ${rows} rows in batches of ${BATCH_ROWS}, ${seeds} seeds, time ${speed}-fold`;
const report = await openReport("batch-hedge", title, folder);
await using system = await startSystem(folder, {
  dispatchers: 0,
  batchSupervisors: 1,
  simulator: { batchSpeed: speed, batchDuration: DURATION, tokenizer: "bytes", answerTokens: "20" },
});
const dataset = join(system.data, "rows.jsonl");
await writeRows(dataset, instructionRows(rows));

measurePolicy();
// Code that no compiler has seen yet would count against whichever comes first.
await run(0, "off");
const [plain, hedged]: [Run[], Run[]] = [[], []];
for (let seed = 1; seed <= seeds; seed += 1) {
  const [without, with_] = [await run(seed, "off"), await run(seed, "batch")];
  plain.push(without);
  hedged.push(with_);
  const share = (with_.seconds / without.seconds).toFixed(2);
  const spans = `${without.seconds.toFixed(0)} s without, ${with_.seconds.toFixed(0)} s with (${share})`;
  const { hedges } = with_.view.batches!;
  report.note(`Seed ${seed}: ${spans}, ${hedges} hedges, ${with_.paidTwice} rows paid twice.`);
}

const ratios = hedged.map(({ seconds }, at) => seconds / plain[at]!.seconds);
const extras = hedged.map(({ paidTwice }) => (100 * paidTwice) / rows);
report.note(
  "Durations: log-normal, median 53 s, sigma 1.05: 95 % within 5 minutes, the last of 200 after about 16; lines are answered evenly over a batch's time.",
);
report.note(
  `Looks at the provider every ${POLL_SECONDS} s of the batch clock; times are from submitting to exported, in that clock.`,
);
const of = (runs: Run[]) => medianOf(runs.map(({ seconds }) => seconds));
report.figure({ what: "job without hedging, median", value: of(plain), unit: "s" });
report.figure({ what: "job with hedging, median", value: of(hedged), unit: "s" });
report.figure({
  what: "of the time without, median of seeds",
  value: medianOf(ratios),
  unit: "",
  atMost: MOST_TIME,
});
report.figure({ what: "of the time without, worst seed", value: Math.max(...ratios), unit: "" });
report.figure({ what: "rows paid twice, median", value: medianOf(extras), unit: "%", atMost: MOST_EXTRA });
report.figure({ what: "rows paid twice, most", value: Math.max(...extras), unit: "%", atMost: MOST_EXTRA });
report.figure({
  what: "hedges, median",
  value: medianOf(hedged.map(({ view }) => view.batches!.hedges)),
  unit: "",
});
const all = [...plain, ...hedged];
report.check(
  "every row is done",
  all.every(({ view }) => view.done === rows && view.state === "completed"),
);
report.check(
  "rows paid twice are those that the simulator counts",
  all.every(({ view, paidTwice }) => view.batches!.late === paidTwice),
);
report.check(
  "without hedging nothing is paid twice",
  plain.every(({ paidTwice }) => paidTwice === 0),
);
report.close();

function measurePolicy(): void {
  const job = { rows, batchRows: BATCH_ROWS, pollSeconds: POLL_SECONDS, duration: DURATION };
  const all = Array.from({ length: POLICY_SEEDS }, (_, seed) => {
    const without = simulateJob({ ...job, seed, maxHedgeCost: null });
    const with_ = simulateJob({ ...job, seed, maxHedgeCost: MAX_HEDGE_COST });
    return { share: with_.seconds / without.seconds, extra: (100 * with_.paidTwice) / rows };
  });
  const [shares, extra] = [all.map(({ share }) => share), all.map((one) => one.extra)];
  const of = `${POLICY_SEEDS} seeds`;
  report.figure({
    what: `policy alone: of the time without, median of ${of}`,
    value: medianOf(shares),
    unit: "",
    atMost: MOST_TIME,
  });
  report.figure({
    what: `policy alone: rows paid twice, median of ${of}`,
    value: medianOf(extra),
    unit: "%",
    atMost: MOST_EXTRA,
  });
  report.figure({
    what: `policy alone: rows paid twice, most of ${of}`,
    value: Math.max(...extra),
    unit: "%",
    atMost: MOST_EXTRA,
  });
}

async function run(seed: number, hedge: "off" | "batch"): Promise<Run> {
  await system.simulator.reset();
  await system.simulator.configure({ seed: seed + 1 });
  const startMs = performance.now();
  const job = await submit(system.broker, {
    dataset,
    annotator: ANNOTATOR,
    save_dir: join(system.data, `${seed}-${hedge}`),
    format: "jsonl",
    batch: true,
    max_batch_size: BATCH_ROWS,
    poll: POLL_SECONDS / speed,
    hedge,
  });
  await follow(system.broker, job, { withinMs: WITHIN_MS, everyMs: 50 });
  const seconds = ((performance.now() - startMs) / 1000) * speed;
  const view = await settled(job);
  const { repeatedPaidCalls } = await system.simulator.stats();
  return { seconds, view, paidTwice: repeatedPaidCalls };
}

/** What losers cost is known when they have ended. */
async function settled(job: string): Promise<JobView> {
  for (;;) {
    const view = await follow(system.broker, job, { withinMs: WITHIN_MS });
    if (!view.batches?.settling) return view;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
